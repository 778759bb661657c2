"""Two processes with one identity are detected by the starts that they report. FAULTS 47."""

from __future__ import annotations

import pytest

from sync.central.devices.process_starts import ProcessStarts
from sync.wire import (
    DeviceState,
    Health,
)
from tests.sync.wire.examples import AT, DEVICE


@pytest.mark.parametrize(
    ("what", "starts", "by_turns"),
    [
        ("one process", [1, 1, 1], [False, False, False]),
        ("one that is started again and again", [1, 2, 3, 4, 5], [False] * 5),
        ("one whose clock was not set at a start", [5, 1, 6], [False] * 3),
        ("wills in between", [1, 0, 1, 0, 2, 0], [False] * 6),
        ("two", [1, 2, 1, 2], [False, False, True, True]),
        ("two, and a will of each", [1, 0, 2, 0, 1], [False, False, False, False, True]),
        ("two, one of them started anew", [1, 2, 3, 1], [False, False, False, True]),
    ],
)
def test_two_processes_are_told_apart_by_the_starts_that_they_report(
    what: str, starts: list[int], by_turns: list[bool]
) -> None:
    seen = ProcessStarts()
    other = Health(DeviceState.ONLINE, AT, started=9)
    for start, shared in zip(starts, by_turns, strict=True):
        health = Health(DeviceState.ONLINE if start else DeviceState.GONE, AT, started=start)
        assert seen.alternates(DEVICE, health) is shared, what
        assert not seen.alternates("gp-0002", other), "each device by itself"
