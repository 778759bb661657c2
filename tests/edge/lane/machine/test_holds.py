"""Staff hold the barrier open: by name, for a time, never against a fire or a lockdown."""

from __future__ import annotations

from typing import Any

import pytest

from edge.boards.format import Barrier, InputName
from edge.journal.format import LaneHeldOpenByStaff, LaneHoldEnded
from edge.lane.machine.holds import end_hold, end_hold_now, hold
from edge.lane.machine.signals import Cause
from edge.lane.machine.state import FireLatch, LockRelease, Phase
from tests.edge.lane.machine.one_step import (
    ALL,
    BOOM,
    CONTACT,
    LOCK,
    NOW,
    SWING,
    bodies,
    prompts,
    recorded,
    transition,
)

WITHOUT_CONTACT = ALL - {CONTACT}


@pytest.mark.parametrize("seconds", [None, 60.0])
@pytest.mark.parametrize("barrier", [LOCK, BOOM])
def test_a_closed_barrier_opens_and_stays_open_for_them_by_name(
    barrier: Barrier, seconds: float | None
) -> None:
    made = transition(barrier)
    hold(made, Cause.STAFF, "Wang", seconds)
    state = made.state
    assert (state.phase, state.held_by, state.cause) == (Phase.HELD_OPEN_BY_STAFF, "Wang", Cause.STAFF)
    assert state.until == (None if seconds is None else NOW + seconds)
    assert recorded(made) == ["lane_opened", "lane_held_open_by_staff"]


@pytest.mark.parametrize(
    ("fields", "refused", "said"),
    [
        ({"phase": Phase.FIRE, "fire": FireLatch()}, "fire", []),
        ({"phase": Phase.LOCKED, "lockdown": True}, "locked", ["gate_locked"]),
    ],
)
def test_it_is_refused_and_recorded_in_a_fire_and_in_a_lockdown(
    fields: dict[str, Any], refused: str, said: list[str]
) -> None:
    made = transition(BOOM, **fields)
    before = made.state
    hold(made, Cause.STAFF, "Wang", 60.0)
    assert bodies(made) == [LaneHeldOpenByStaff(by="Wang", refused=refused)]
    assert prompts(made) == said
    assert (made.state.phase, made.state.until) == (before.phase, None)


@pytest.mark.parametrize(
    ("first", "second", "held_by"),
    [
        (Cause.STAFF, Cause.OVERRIDE, "Wang"),  # the button does not take it from somebody by name
        (Cause.STAFF, Cause.STAFF, "Li"),
        (Cause.OVERRIDE, Cause.STAFF, "Li"),
        (Cause.OVERRIDE, Cause.OVERRIDE, "Li"),
    ],
)
def test_who_holds_it_if_two_do(first: Cause, second: Cause, held_by: str) -> None:
    made = transition(BOOM, phase=Phase.HELD_OPEN_BY_STAFF, cause=first, held_by="Wang", until=NOW + 5.0)
    hold(made, second, "Li", 60.0)
    assert made.state.held_by == held_by
    assert made.state.until == NOW + (5.0 if held_by == "Wang" else 60.0)


@pytest.mark.parametrize(("seconds", "ends"), [(60.0, NOW + 60.0), (None, None)])
def test_a_leaf_waits_for_a_clear_swing_before_it_is_held(seconds: float | None, ends: float | None) -> None:
    made = transition(SWING, active=[InputName.LEAF])
    hold(made, Cause.STAFF, "Wang", seconds)
    state = made.state
    assert (state.phase, state.holds, state.hold_resumes) == (Phase.HALTED, True, ends)
    assert recorded(made) == ["lane_obstructed", "lane_held_open_by_staff"]


def test_one_that_stands_open_is_held_without_another_impulse() -> None:
    made = transition(BOOM, active=[CONTACT], phase=Phase.OPEN, until=NOW + 1.0, clear_since=NOW)
    hold(made, Cause.STAFF, "Wang", 60.0)
    assert (made.state.impulse, recorded(made)) == (None, ["lane_held_open_by_staff"])


@pytest.mark.parametrize(
    ("release", "events"),
    [
        (None, ["lane_opened", "lane_held_open_by_staff"]),
        (LockRelease(NOW + 3.0, assured=False), ["lane_held_open_by_staff"]),
    ],
)
def test_a_door_that_stands_open_is_driven_again(release: LockRelease | None, events: list[str]) -> None:
    made = transition(LOCK, active=[CONTACT], phase=Phase.OPEN, release=release)
    hold(made, Cause.STAFF, "Wang", None)
    assert recorded(made) == events


@pytest.mark.parametrize(("wired", "stand_by"), [(ALL, NOW + BOOM.travel), (WITHOUT_CONTACT, None)])
def test_where_a_contact_says_so_it_has_to_stand_open_by_then(
    wired: frozenset[InputName], stand_by: float | None
) -> None:
    made = transition(BOOM, wired=wired)
    hold(made, Cause.STAFF, "Wang", 60.0)
    assert made.state.stand_by == stand_by


def test_the_end_of_a_hold_says_whose_it_was_and_why_it_ends() -> None:
    made = transition(BOOM, active=[CONTACT], phase=Phase.HELD_OPEN_BY_STAFF, clear_since=NOW)
    end_hold(made, "Li", held_by="Wang", why="shift over")
    assert bodies(made) == [LaneHoldEnded(by="Li", held_by="Wang", why="shift over")]
    assert (made.state.phase, made.state.until) == (Phase.OPEN, NOW + BOOM.open_time)


@pytest.mark.parametrize(
    ("raised", "active", "phase", "until"),
    [
        (NOW - 60.0, (CONTACT,), Phase.CLOSING, NOW + BOOM.travel),
        (NOW - BOOM.travel, (CONTACT,), Phase.CLOSING, NOW + BOOM.travel),
        (NOW - 0.5, (CONTACT,), Phase.OPEN, NOW - 0.5 + BOOM.travel),  # it rises yet: then it closes
        (NOW - 60.0, (CONTACT, InputName.OBSTACLE), Phase.OBSTRUCTED, NOW + BOOM.held_time),
    ],
)
def test_a_lockdown_ends_a_hold_at_once_but_closes_onto_nobody(
    raised: float, active: tuple[InputName, ...], phase: Phase, until: float
) -> None:
    way = None if InputName.OBSTACLE in active else NOW - 60.0
    made = transition(BOOM, active=active, phase=Phase.HELD_OPEN_BY_STAFF, raised=raised, clear_since=way)
    end_hold_now(made, "Wang")
    assert (made.state.phase, made.state.until) == (phase, until)
    assert bodies(made)[0] == LaneHoldEnded(by="Wang", why="locked")
