"""No part of a gate lists a folder that another process may fill, but by the one bounded function."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.support.files import list_bounded

EDGE = Path(__file__).resolve().parents[2] / "edge"
LISTS = {"glob", "rglob", "iterdir", "scandir", "listdir", "walk", "fwalk"}
OUR_OWN = {
    "support/files.py": "the bounded function itself",
    "backup/keeping.py": "a folder that a person names, in a command",
    "support/owners.py": "what root puts back or sets up, in a command",
    "backup/placing.py": "whether a folder that a person names is empty, in a command",
    "registry/loose_roots.py": "bounded in names and depth, in a command",
    "journal/used_copy.py": "the gate's own folder, for what was set aside of its copy",
    "registry/store.py": "the gate's own folder of what it verified",
    "registry/removal_watch.py": "that folder too, for whom it was to forget",
    "boards/files.py": "the board files that are installed",
    "runtime/buses.py": "/sys",
    "devices/gpio/chips.py": "/dev",
    "vision/cameras/folder.py": "pictures played as a camera, in the worker",
    "vision/worker/confinement/confine.py": "/proc/self",
    "vision/worker/confinement/reach.py": "/dev and /proc/self",
    "vision/faces/embedding.py": "an installer's argument, in a command",
    "vision/playback.py": "a folder that a person names, in a command",
    "web/catalogs.py": "the translations that come with the package",
    "diagnostics/replay.py": "a folder that a person names, in a command",
}
COMMANDS = ("cli", "admin", "demo", "calibration")
"""What people call; it may take its time."""


def listings(file: Path) -> set[str]:
    text = file.read_text()
    if not any(name in text for name in LISTS):  # parsing takes long
        return set()
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)} & LISTS


def test_anyone_who_lists_a_folder_is_named_here_with_whose_folder_it_is() -> None:
    files = {str(file.relative_to(EDGE)): listings(file) for file in EDGE.rglob("*.py")}
    found = {name for name, calls in files.items() if calls and not name.startswith(COMMANDS)}
    assert found == set(OUR_OWN)


@pytest.mark.parametrize("count", [0, 5, 300])
def test_so_many_names_are_looked_at_and_no_more(
    tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(count):
        (tmp_path / f"{number:04}.{'ack' if number % 2 else 'new'}").touch()
    steps = 0
    scandir = os.scandir

    def counted(entries: Iterable[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
        nonlocal steps
        for entry in entries:
            steps += 1
            yield entry

    @contextmanager
    def counting(folder: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
        with scandir(folder) as entries:
            yield counted(entries)

    monkeypatch.setattr("os.scandir", counting)
    found = list_bounded(tmp_path, "*.ack", 100)
    assert steps <= 100
    assert found == sorted(found)
    assert len(found) <= 100
    if count < 100:
        assert {path.name for path in found} == {f"{number:04}.ack" for number in range(count) if number % 2}


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list_bounded(tmp_path / "none", "*", 10)
