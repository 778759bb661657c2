"""What lamps and buzzer show: a rhythm for each outcome beside its colour."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.boards.format import Barrier, BarrierKind, Drive, InputName, OutputName
from edge.decision import (
    Direction,
    Outcome,
)
from edge.lane.machine import FAST, Grant, LaneState, Phase, Show, Signal, Sound, initial, light, sound, step
from edge.lane.machine.appearance import SLOW, next_change, outputs
from edge.lane.machine.state import FireLatch, LockRelease, Notice


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


LOCK = Barrier(BarrierKind.STRIKE, Drive.HOLD)
BOOM = Barrier(BarrierKind.BOOM, Drive.UP_DOWN)
RED, YELLOW, GREEN = OutputName.LAMP_RED, OutputName.LAMP_YELLOW, OutputName.LAMP_GREEN
CONTACT = frozenset({InputName.DOOR_CONTACT})
NOW = 100.0


def state_of(barrier: Barrier, phase: Phase, **changes: Any) -> LaneState:
    return LaneState(barrier, frozenset(InputName), phase=phase, since=NOW, **changes)


@pytest.mark.parametrize(
    ("state", "lamps", "half"),
    [
        (state_of(LOCK, Phase.CLOSED), {RED}, None),
        (state_of(LOCK, Phase.LOCKED), {RED}, None),
        (state_of(BOOM, Phase.OPENING), {GREEN}, None),
        (state_of(BOOM, Phase.OPEN), {GREEN}, None),
        (state_of(BOOM, Phase.HELD_OPEN_BY_STAFF), {GREEN}, None),
        (state_of(BOOM, Phase.CLOSING), {YELLOW}, None),
        (state_of(BOOM, Phase.WARNING), {YELLOW}, SLOW),
        (state_of(BOOM, Phase.HELD_TOO_LONG), {RED}, FAST),
        (state_of(BOOM, Phase.OBSTRUCTED), {RED}, FAST),
        (state_of(BOOM, Phase.HALTED), {RED}, FAST),
        (state_of(LOCK, Phase.FORCED), {RED}, FAST),
        (state_of(LOCK, Phase.FAULT, fault="the relay"), {RED, YELLOW}, None),
        (state_of(LOCK, Phase.CLOSED, out_of_order="did not close"), {RED, YELLOW}, None),
        (state_of(LOCK, Phase.FIRE, fire=FireLatch()), {GREEN}, None),
        (state_of(LOCK, Phase.FIRE, fire=FireLatch(failed=True)), {RED, YELLOW}, None),  # it did not open
        (state_of(LOCK, Phase.CLOSED, break_in=NOW), {RED}, FAST),  # the alarm outlasts the opening
        # A lock holds again once its door stands open: green would promise what it keeps shut.
        (state_of(LOCK, Phase.OPEN), {RED}, None),
        (state_of(LOCK, Phase.OPEN, release=LockRelease(NOW + 5.0, assured=True)), {GREEN}, None),
    ],
)
def test_each_state_has_its_lamps(state: LaneState, lamps: set[OutputName], half: float | None) -> None:
    shown = light(state, NOW)
    assert (set(shown.lamps), shown.half) == (lamps, half)


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("barrier", [LOCK, BOOM])
def test_green_never_shows_with_another_colour_and_some_lamp_is_always_meant(
    barrier: Barrier, phase: Phase
) -> None:
    lamps = set(light(state_of(barrier, phase), NOW).lamps)
    assert lamps
    assert GREEN not in lamps or lamps == {GREEN}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (state_of(LOCK, Phase.CLOSED), Sound.SILENCE),
        (state_of(BOOM, Phase.OPEN), Sound.SILENCE),
        (state_of(BOOM, Phase.WARNING), Sound.WARNING),
        (state_of(LOCK, Phase.HELD_TOO_LONG), Sound.ALARM),
        (state_of(LOCK, Phase.FORCED, break_in=NOW), Sound.ALARM),
        (state_of(LOCK, Phase.FORCED, break_in=NOW - LOCK.siren_time), Sound.SILENCE),  # the lamp blinks on
        (state_of(LOCK, Phase.FIRE, fire=FireLatch()), Sound.SILENCE),
        (state_of(LOCK, Phase.FIRE, fire=FireLatch(failed=True)), Sound.ALARM),
        (state_of(LOCK, Phase.CLOSED, notice=Notice(Outcome.DENY, NOW, NOW + 2.0)), Sound.BEEPS),
        (state_of(LOCK, Phase.CLOSED, notice=Notice(Outcome.REFER, NOW, NOW + 2.0)), Sound.SILENCE),
    ],
)
def test_each_state_has_its_sound(state: LaneState, expected: Sound) -> None:
    assert sound(state, NOW) is expected


def _milliseconds(most: int) -> st.SearchStrategy[float]:
    """Seconds in whole milliseconds: no closer to an edge than that, but often on it."""
    return st.integers(0, most).map(lambda count: count / 1000)


@given(st.sampled_from(list(Phase)), _milliseconds(10_000), st.none() | _milliseconds(200), st.booleans())
@example(Phase.CLOSED, 0.6, None, True)  # the edge of a beep, which rounding would put just before
def test_the_next_change_is_when_the_outputs_change(
    phase: Phase, later: float, forced: float | None, refused: bool
) -> None:
    """Between now and the announced change no output moves: nothing has to be polled."""
    notice = Notice(Outcome.DENY, NOW, NOW + 2.0) if refused else None
    state = state_of(LOCK, phase, notice=notice, break_in=None if forced is None else NOW - forced)
    now = NOW + later
    change = next_change(state, now)
    until = now + 5.0 if change is None else change
    assert until > now
    for part in (0.25, 0.5, 0.99):
        assert outputs(state, now + part * (until - now)) == outputs(state, now)
