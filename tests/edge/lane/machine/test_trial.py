"""An installer tries a lamp or the buzzer: it moves, nothing else does, and what happens there ends it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.boards.format import RELAYS, Barrier, BarrierKind, Drive, InputName, OutputName
from edge.decision import Outcome
from edge.lane.machine import (
    TRIED,
    Grant,
    Hold,
    LaneState,
    Lock,
    Phase,
    Sensed,
    SetOutput,
    Show,
    Signal,
    Tick,
    TryLine,
    busy_with,
    initial,
    next_deadline,
    step,
)

BOOM = Barrier(BarrierKind.BOOM, Drive.UP_DOWN)
WIRED = frozenset(InputName) - {InputName.INTERLOCK}
RED, GREEN, BUZZER = OutputName.LAMP_RED, OutputName.LAMP_GREEN, OutputName.BUZZER


def at_rest() -> LaneState:
    return initial(BOOM, WIRED, frozenset(), 0.0)[0]


def played(state: LaneState, until: float) -> list[tuple[float, OutputName, bool]]:
    """What moves until then, at the lane's own deadlines."""
    moves: list[tuple[float, OutputName, bool]] = []
    now = 10.0
    while (due := next_deadline(state, now)) is not None and due <= until:
        now = due
        state, effects = step(state, Tick(), now)
        moves += [(now, line.output, line.active) for line in effects if isinstance(line, SetOutput)]
    return moves


def test_a_lamp_blinks_alone_for_three_seconds_and_the_lane_looks_as_before() -> None:
    state, effects = step(at_rest(), TryLine(GREEN), 10.0)
    assert effects == (SetOutput(RED, False), SetOutput(GREEN, True))
    moves = played(state, 20.0)
    assert [(at, on) for at, line, on in moves if line is GREEN] == [
        (10.5, False), (11.0, True), (11.5, False), (12.0, True), (12.5, False),
    ]  # fmt: skip
    assert moves[-1] == (13.0, RED, True)


def test_a_lamp_that_is_lit_at_rest_is_seen_to_move_as_well() -> None:
    state, _ = step(at_rest(), TryLine(RED), 10.0)
    assert [on for _, line, on in played(state, 20.0) if line is RED] == [False, True] * 3


def test_the_buzzer_sounds_for_three_seconds() -> None:
    state, effects = step(at_rest(), TryLine(BUZZER), 10.0)
    assert effects == (SetOutput(BUZZER, True),)
    assert played(state, 20.0) == [(13.0, BUZZER, False)]


@pytest.mark.parametrize("output", sorted(RELAYS | {OutputName.INTERLOCK}))
def test_no_relay_and_no_line_to_another_gate_is_tried_so(output: OutputName) -> None:
    assert output not in TRIED
    assert step(at_rest(), TryLine(output), 10.0)[1] == ()


BUSY: dict[str, tuple[Signal, str]] = {
    "somebody is let through": (Grant("1"), "opening"),
    "staff hold it open": (Hold("li"), "held_open_by_staff"),
    "it is locked down": (Lock("li"), "locked"),
    "there is a fire": (Sensed(InputName.FIRE, True), "fire"),
    "it was forced": (Sensed(InputName.DOOR_CONTACT, True), "forced"),
    "somebody is being refused": (Show(Outcome.DENY, "x"), "in_use"),
}


@pytest.mark.parametrize("what", BUSY)
def test_nothing_is_tried_while(what: str) -> None:
    signal, why = BUSY[what]
    busy = step(at_rest(), signal, 9.0)[0]
    assert busy_with(busy, 9.1) == why
    after, effects = step(busy, TryLine(BUZZER), 9.1)
    assert SetOutput(BUZZER, True) not in effects
    assert after.trial is None


@pytest.mark.parametrize("what", BUSY)
def test_a_trial_ends_as_soon_as(what: str) -> None:
    signal, _ = BUSY[what]
    tried = step(at_rest(), TryLine(GREEN), 10.0)[0]
    with_trial, _ = step(tried, signal, 10.2)
    without, _ = step(at_rest(), signal, 10.2)
    assert with_trial.driven == without.driven


def test_a_lane_at_rest_is_busy_with_nothing() -> None:
    assert busy_with(at_rest(), 9.0) == ""
    assert busy_with(replace(at_rest(), phase=Phase.FAULT), 9.0) == "fault"


def test_a_refusal_is_over_after_its_time() -> None:
    refused = step(at_rest(), Show(Outcome.DENY, "x"), 9.0)[0]
    assert [busy_with(refused, now) for now in (9.0, 10.9, 11.0)] == ["in_use", "in_use", ""]
