"""Deadlines: what is due when, and what then happens; each once, the earliest first."""

from __future__ import annotations

from typing import Any

import pytest

from edge.boards.format import Barrier, InputName, OutputName
from edge.journal.format import LaneEvent
from edge.lane.machine.signals import Cause
from edge.lane.machine.state import Button, FireLatch, Impulse, LockRelease, Phase, Repeat
from edge.lane.machine.timeouts import Due, What, deadlines, expire
from tests.edge.lane.machine.one_step import (
    ALL,
    BOOM,
    CONTACT,
    LOCK,
    NOW,
    PULSED_BOOM,
    bodies,
    recorded,
    transition,
)

SOON = NOW + 5.0
UP, STOP, DOWN = OutputName.RELAY_OPEN, OutputName.RELAY_STOP, OutputName.RELAY_CLOSE


@pytest.mark.parametrize(
    ("barrier", "fields", "due"),
    [
        (BOOM, {}, {}),
        (BOOM, {"until": SOON}, {Due.PHASE: SOON}),
        (BOOM, {"impulse": Impulse(UP, SOON)}, {Due.IMPULSE: SOON}),
        (BOOM, {"clear_at": SOON}, {Due.CLEAR: SOON}),
        (BOOM, {"stand_by": SOON}, {Due.STAND_BY: SOON}),
        (BOOM, {"fire": FireLatch(SOON)}, {Due.FIRE_QUIET: SOON}),
        (BOOM, {"fire": FireLatch(None)}, {}),
        (BOOM, {"fell_at": SOON}, {Due.FELL: SOON}),
        (BOOM, {"fell_at": SOON, "active": (CONTACT,)}, {}),  # it reads open: it has not fallen
        (LOCK, {"release": LockRelease(SOON, assured=False)}, {Due.RELEASE: SOON}),
        (LOCK, {"release": LockRelease(SOON + 1.0, False, SOON)}, {Due.RELEASE: SOON}),
        (BOOM, {"button": Button(down=NOW)}, {Due.LONG_PRESS: NOW + BOOM.long_press}),
        (BOOM, {"button": Button(down=NOW, held=True)}, {}),
        (BOOM, {"button": Button(abused=SOON)}, {Due.ABUSE: SOON}),
        (PULSED_BOOM, {"phase": Phase.FIRE, "raised": NOW}, {Due.RENEWAL: NOW + BOOM.open_time / 2.0}),
        (PULSED_BOOM, {"phase": Phase.OPEN, "raised": NOW}, {}),  # nothing is in its way
        (BOOM, {"phase": Phase.FIRE, "raised": NOW}, {}),
        (BOOM, {"active": (InputName.LEAF,)}, {InputName.LEAF: NOW - 1.0 + BOOM.stuck_time}),
        (BOOM, {"active": (InputName.LEAF,), "stuck": frozenset({InputName.LEAF})}, {}),
        (BOOM, {"active": (CONTACT, InputName.FIRE)}, {}),  # these may stay as they are
        (BOOM, {"repeats": {LaneEvent.FORCED: Repeat(NOW, 60, 1)}}, {LaneEvent.FORCED: NOW + 60.0}),
        (BOOM, {"repeats": {LaneEvent.FORCED: Repeat(NOW, 60, 0)}}, {}),
    ],
)
def test_what_is_due(barrier: Barrier, fields: dict[str, Any], due: dict[What, float]) -> None:
    assert dict(deadlines(transition(barrier, **fields).state)) == due


@pytest.mark.parametrize(
    ("barrier", "fields", "phase"),
    [
        (BOOM, {"phase": Phase.OPENING}, Phase.FAULT),  # it reads shut: it did not open
        (BOOM, {"phase": Phase.OPENING, "active": (CONTACT,), "clear_since": NOW}, Phase.OPEN),
        (BOOM, {"phase": Phase.OPENING, "wired": ALL - {CONTACT}}, Phase.OPEN),
        (LOCK, {"phase": Phase.OPENING, "release": LockRelease(SOON, assured=False)}, Phase.CLOSED),
        (BOOM, {"phase": Phase.OPEN}, Phase.CLOSING),
        (BOOM, {"phase": Phase.WARNING}, Phase.CLOSING),
        (LOCK, {"phase": Phase.OPEN, "active": (CONTACT,)}, Phase.HELD_TOO_LONG),
        (BOOM, {"phase": Phase.OBSTRUCTED}, Phase.HELD_TOO_LONG),
        (BOOM, {"phase": Phase.HALTED}, Phase.FAULT),
        (BOOM, {"phase": Phase.CLOSING}, Phase.CLOSED),
        (BOOM, {"phase": Phase.CLOSING, "active": (CONTACT,), "clear_since": NOW}, Phase.FAULT),
        (BOOM, {"phase": Phase.CLOSING, "fault": "did not open"}, Phase.FAULT),
        (BOOM, {"phase": Phase.CLOSING, "fault": "x", "wired": ALL - {CONTACT}}, Phase.CLOSED),
        (BOOM, {"phase": Phase.HELD_OPEN_BY_STAFF, "wired": ALL - {CONTACT}}, Phase.OPEN),
        (BOOM, {"phase": Phase.FORCED}, Phase.FORCED),
    ],
)
def test_the_end_of_a_phase(barrier: Barrier, fields: dict[str, Any], phase: Phase) -> None:
    made = transition(barrier, until=NOW, cause=Cause.GRANT, **fields)
    expire(made)
    assert made.state.phase is phase
    assert made.state.until is None or made.state.until > NOW


@pytest.mark.parametrize("late", [0.0, 100.0])
def test_nothing_is_due_before_its_time_and_an_impulse_keeps_its_length_however_late(late: float) -> None:
    made = transition(BOOM, phase=Phase.OPENING, impulse=Impulse(STOP, NOW + 0.1, (UP,)))
    expire(made)
    assert made.state.impulse == Impulse(STOP, NOW + 0.1, (UP,))
    made.now = NOW + 0.1 + late
    expire(made)
    assert made.state.impulse == Impulse(UP, made.now + BOOM.pulse, ())
    assert (made.state.raised, made.state.until) == (made.now, made.now + BOOM.travel)


@pytest.mark.parametrize(
    ("then", "phase", "lowered", "until"),
    [
        ((DOWN,), Phase.CLOSING, NOW, NOW + BOOM.travel),
        ((DOWN,), Phase.OPEN, NOW, None),
        ((), Phase.CLOSING, NOW - 9.0, None),
    ],
)
def test_a_barrier_that_was_halted_first_moves_from_then_on(
    then: tuple[OutputName, ...], phase: Phase, lowered: float, until: float | None
) -> None:
    made = transition(
        BOOM, phase=phase, impulse=Impulse(STOP, NOW, then), lowered=NOW - 9.0, raised=NOW - 9.0
    )
    expire(made)
    assert (made.state.lowered, made.state.until, made.state.raised) == (lowered, until, NOW - 9.0)


@pytest.mark.parametrize(
    ("line", "kind", "blind"),
    [
        (InputName.OVERRIDE, "lane_override_stuck", False),
        (InputName.EXIT_REQUEST, "lane_sensor_fault", False),
        (InputName.BEAM_OUTER, "lane_sensor_fault", True),
    ],
)
def test_a_line_that_stays_active_is_told_once_and_a_beam_is_no_longer_relied_on(
    line: InputName, kind: str, blind: bool
) -> None:
    made = transition(BOOM, active=(line,))
    made.now = NOW - 1.0 + BOOM.stuck_time
    expire(made)
    expire(made)
    assert (recorded(made), made.state.blind) == ([kind], blind)
    assert made.state.stuck == {line}


def test_an_earlier_deadline_may_undo_a_later_one() -> None:
    """The end of the opening rests the lock; the release that was due after that is gone with it."""
    released = LockRelease(NOW, assured=False)
    made = transition(LOCK, phase=Phase.OPENING, until=NOW - 1.0, release=released, raised=NOW - 5.0)
    expire(made)
    assert recorded(made) == ["lane_closed"]
    assert made.state.still == 1, "noticed once"


def test_what_was_held_back_for_a_minute_is_recorded() -> None:
    made = transition(BOOM, repeats={LaneEvent.FORCED: Repeat(NOW - 60.0, 60, 9)})
    expire(made)
    [event] = bodies(made)
    assert (event.kind, event.of, event.times) == ("lane_repeated", LaneEvent.FORCED, 9)
