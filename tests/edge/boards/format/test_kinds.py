"""Kinds of barrier: which can hurt somebody, which can be stopped, which a relay closes."""

from __future__ import annotations

import pytest

from edge.boards.format import Barrier, BarrierKind, Drive


@pytest.mark.parametrize(
    ("kind", "powered"),
    [
        (BarrierKind.MAGNETIC_LOCK, False),
        (BarrierKind.STRIKE, False),
        (BarrierKind.BOOM, True),
        (BarrierKind.SWING, True),
        (BarrierKind.FLAP, True),
    ],
)
def test_what_closes_under_power_can_hurt_somebody(kind: BarrierKind, powered: bool) -> None:
    assert Barrier(kind, Drive.HOLD).powered is powered


@pytest.mark.parametrize(
    ("drive", "halts", "lowered"),
    [
        (Drive.HOLD, False, False),
        (Drive.PULSE, False, False),
        (Drive.UP_DOWN, False, True),
        (Drive.UP_STOP_DOWN, True, True),
    ],
)
def test_what_a_drive_can_do(drive: Drive, halts: bool, lowered: bool) -> None:
    barrier = Barrier(BarrierKind.BOOM, drive)
    assert (barrier.halts, barrier.lowered) == (halts, lowered)


def test_every_time_is_a_duration_and_nothing_else_is() -> None:
    found = Barrier(BarrierKind.BOOM, Drive.HOLD, travel=9.0).durations()
    assert found["travel"] == 9.0
    assert {"pulse", "open_time", "held_time", "clear_time", "fire_quiet", "siren_time"} <= found.keys()
    assert not {"kind", "drive", "interlock", "fire_reset", "break_in_ends"} & found.keys()
    assert all(seconds > 0.0 for seconds in found.values())
