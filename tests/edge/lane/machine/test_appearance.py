"""What lamps and buzzer show: a rhythm for each outcome beside its colour."""

from __future__ import annotations

from edge.boards.format import Barrier, BarrierKind, Drive, InputName
from edge.decision import (
    Direction,
    Outcome,
)
from edge.lane.machine import Grant, Show, Signal, initial, light, step


def test_no_two_outcomes_beat_alike_on_the_lamp() -> None:
    """Grant, denial and referral differ in rhythm, so that one lamp without colours would tell them."""

    def rhythm(signal: Signal) -> float | None:
        state, _ = initial(Barrier(BarrierKind.STRIKE, Drive.HOLD), frozenset(InputName), frozenset(), 0.0)
        state, _ = step(state, signal, 1.0)
        return light(state, 1.1).half

    rhythms = [
        rhythm(Grant("1", Direction.ENTRY)),
        rhythm(Show(Outcome.DENY, "face_unknown")),
        rhythm(Show(Outcome.REFER, "status_yellow")),
    ]
    assert len(set(rhythms)) == 3
