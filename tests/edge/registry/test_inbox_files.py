"""Which files of an inbox are read: new ones, changed ones, and refused ones once circumstances changed."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.decision import ClockTrust, WallTime
from edge.registry.inbox_files import MOST_NAMES, JudgedFiles, JudgedUnder

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def at(hours: float = 0.0, trust: ClockTrust = ClockTrust.TRUSTED, base: int = 1) -> JudgedUnder:
    return JudgedUnder(WallTime(NOON + timedelta(hours=hours), trust), base)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "registry.bundle"
    path.write_bytes(b"one")
    return path


def test_a_file_is_read_once_and_again_when_it_changes(file: Path) -> None:
    judged = JudgedFiles()
    assert judged.is_new(file, at())
    assert not judged.is_new(file, at(1))
    file.write_bytes(b"longer")
    assert judged.is_new(file, at(1))
    os.utime(file, ns=(1, 1))
    assert judged.is_new(file, at(1)), "the same size, another time"
    judged.forget(file.name)
    assert judged.is_new(file, at(1))
    judged.clear()
    assert judged.is_new(file, at(1))


def test_a_file_that_is_not_there_is_not_new(tmp_path: Path) -> None:
    assert not JudgedFiles().is_new(tmp_path / "registry.bundle", at())


@pytest.mark.parametrize(
    ("now", "again"),
    [
        (at(), False),
        (at(100), False),
        (at(-0.01), False),
        (at(-1), True),
        (at(trust=ClockTrust.HOLDOVER), False),
        (at(trust=ClockTrust.UNTRUSTED), True),
        (at(base=2), True),
    ],
)
def test_a_refusal_by_circumstances_is_made_again_only_in_others(
    file: Path, now: JudgedUnder, again: bool
) -> None:
    judged = JudgedFiles()
    assert judged.is_new(file, at())
    judged.refused(file.name, at())
    assert judged.is_new(file, now) is again


def test_names_without_end_are_not_remembered_without_end(file: Path) -> None:
    judged = JudgedFiles()
    assert judged.is_new(file, at())
    for number in range(MOST_NAMES):
        link = file.with_name(f"{number}.delta")
        link.hardlink_to(file)
        assert judged.is_new(link, at())
        link.unlink()
    assert judged.is_new(file, at()), "the oldest was forgotten, and is read once more"
    assert not judged.is_new(file, at())
