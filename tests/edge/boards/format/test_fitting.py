"""The times of a barrier: each one is a positive number of seconds, less than a day."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.boards.format import (
    check_board,
)
from tests.edge.boards.format.sound_boards import SOUND, _is_error, board


@pytest.mark.parametrize("key", sorted(board(SOUND).barrier.durations()))
@pytest.mark.parametrize("value", [-1.0, 0.0, 86_400.0])
def test_no_time_of_a_barrier_is_one_that_cannot_be(key: str, value: float) -> None:
    sound = board(SOUND)
    found = check_board(replace(sound, barrier=replace(sound.barrier, **{key: value})))
    assert any(finding.where == f"barrier.{key}" and _is_error(finding) for finding in found)
