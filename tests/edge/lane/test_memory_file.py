"""A restart is no person: what a lane must not forget is kept in a file, and any file is survived."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.devices.clock import FixedClock
from edge.lane.machine import NOTHING, LaneMemory
from edge.lane.memory_file import FILE_NAME, LaneMemoryFile
from tests.examples import tried

FORCED = LaneMemory(lockdown=True, break_in=True, fault="did not close", held_by="li-na")


@pytest.fixture
def file(tmp_path: Path) -> LaneMemoryFile:
    return LaneMemoryFile(tmp_path / FILE_NAME, lambda: 0.0)


def read_anew(tmp_path: Path) -> tuple[LaneMemory, str]:
    return LaneMemoryFile(tmp_path / FILE_NAME, lambda: 0.0).read()


def test_a_new_gate_remembers_nothing(file: LaneMemoryFile) -> None:
    assert file.read() == (NOTHING, "")


def test_what_was_kept_is_read_by_the_next_process(file: LaneMemoryFile, tmp_path: Path) -> None:
    file.save(FORCED)
    assert read_anew(tmp_path) == (FORCED, "")
    file.save(NOTHING)
    assert read_anew(tmp_path) == (NOTHING, "")


def test_it_is_readable_by_one_user_and_written_only_when_it_changed(
    file: LaneMemoryFile, tmp_path: Path
) -> None:
    file.save(FORCED)
    path = tmp_path / FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.stat().st_ino
    file.save(FORCED)
    assert path.stat().st_ino == before, "an SD card is not written for nothing"


def _make_symlink(path: Path) -> None:
    secret = path.with_name("secret")
    secret.write_text("{}")
    path.symlink_to(secret)


DAMAGED: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(b'{"lockdown":tr'),
    "noise": lambda path: path.write_bytes(bytes(range(256))),
    "not UTF-8": lambda path: path.write_bytes(b'{"fault":"\xff"}'),
    "nested": lambda path: path.write_bytes(b"[" * 4000),
    "another shape": lambda path: path.write_bytes(b'{"lockdown":"yes"}'),
    "a newer field": lambda path: path.write_bytes(b'{"colour":"red"}'),
    "too large": lambda path: path.write_bytes(b" " * 5000),
    "a directory": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "a symbolic link": _make_symlink,
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_file_that_cannot_be_read_is_set_aside_and_said_and_the_lane_moves_nothing_by_itself(
    tmp_path: Path, how: str
) -> None:
    DAMAGED[how](tmp_path / FILE_NAME)
    file = LaneMemoryFile(tmp_path / FILE_NAME, lambda: 0.0)
    remembered, problem = file.read()
    assert remembered.fault
    assert FILE_NAME in problem
    assert "set aside" in problem
    file.save(NOTHING)
    assert read_anew(tmp_path) == (NOTHING, "")


@given(position=st.integers(0, 100), value=st.integers(0, 255))
@settings(max_examples=tried(300), deadline=None, derandomize=True)
def test_any_single_byte_may_be_another(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int
) -> None:
    folder = tmp_path_factory.mktemp("memory")
    LaneMemoryFile(folder / FILE_NAME, lambda: 0.0).save(FORCED)
    data = bytearray((folder / FILE_NAME).read_bytes())
    data[position % len(data)] = value
    (folder / FILE_NAME).write_bytes(data)
    remembered, _ = read_anew(folder)
    assert isinstance(remembered, LaneMemory)


def test_a_full_card_is_tried_again_after_a_while_and_not_at_every_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FixedClock(datetime(2026, 3, 3, tzinfo=UTC))
    file = LaneMemoryFile(tmp_path / "gone" / FILE_NAME, clock.monotonic)
    tried, real = [], os.open

    def counted(path: Path, flags: int, mode: int = 0o777) -> int:
        tried.append(path)
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", counted)
    for _ in range(20):
        file.save(FORCED)
    assert len(tried) == 1
    (tmp_path / "gone").mkdir()
    clock.advance(10.0)
    file.save(FORCED)
    assert read_anew(tmp_path / "gone") == (FORCED, "")
