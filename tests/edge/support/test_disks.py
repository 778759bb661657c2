"""How much room there is where something is to be written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edge.support.disks import FullDisk, existing, full_disks

GIB = 1 << 30


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> int:
    """The disk with the test's folder has so many bytes left."""
    usage = shutil.disk_usage(Path.cwd())._replace(free=GIB)
    monkeypatch.setattr("edge.support.disks.shutil.disk_usage", lambda _: usage)
    return GIB


def test_a_folder_that_is_not_there_is_made_in_the_next_one_above(tmp_path: Path) -> None:
    assert existing(tmp_path) == tmp_path
    assert existing(tmp_path / "a" / "b") == tmp_path


@pytest.mark.parametrize(
    ("first", "second", "spare", "is_full"),
    [
        (0, 0, 0, False),
        (0, 0, GIB, False),
        (1, 0, GIB, True),
        (GIB // 2, GIB // 2, 0, False),
        (GIB, 1, 0, True),
    ],
)
def test_what_goes_to_one_disk_is_taken_together(
    tmp_path: Path, free: int, first: int, second: int, spare: int, is_full: bool
) -> None:
    found = list(full_disks([(tmp_path / "new", first), (tmp_path, second)], spare))
    assert found == ([FullDisk(tmp_path, free, first + second)] if is_full else [])
