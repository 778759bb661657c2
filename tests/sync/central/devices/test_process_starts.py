"""Two processes with one identity are detected by the starts that they tell. FAULTS 47."""

from __future__ import annotations

import pytest

from sync.central.devices.process_starts import ProcessStarts
from tests.sync.wire.examples import DEVICE


@pytest.mark.parametrize(
    ("what", "starts", "by_turns"),
    [
        ("one process", [1, 1, 1], [False, False, False]),
        ("one that is started again and again", [1, 2, 3, 4, 5], [False] * 5),
        ("one whose clock was not set at a start", [5, 1, 6], [False] * 3),
        ("two", [1, 2, 1, 2], [False, False, True, True]),
        ("two, one of them started anew", [1, 2, 3, 1], [False, False, False, True]),
    ],
)
def test_two_processes_are_told_apart_by_the_starts_that_they_report(
    what: str, starts: list[int], by_turns: list[bool]
) -> None:
    seen = ProcessStarts()
    for start, shared in zip(starts, by_turns, strict=True):
        assert seen.alternates(DEVICE, start) is shared, what
        assert not seen.alternates("gp-0002", 9), "each device by itself"
