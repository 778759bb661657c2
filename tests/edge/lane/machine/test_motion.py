"""Opening, and what contact and way say of it: who is let through, what is forced, what has fallen."""

from __future__ import annotations

from typing import Any

import pytest

from edge.boards.format import Barrier, InputName
from edge.decision import Direction
from edge.lane.machine.motion import (
    FELL_AFTER,
    MOST_RENEWALS,
    MOST_WAITING,
    fell,
    let_through,
    on_contact,
    on_way,
    open_for,
    renew,
    stand_by_missed,
    stop_standing_open,
    waiting,
)
from edge.lane.machine.signals import Cause
from edge.lane.machine.state import BEAMS, Credit, FireLatch, Phase
from tests.edge.lane.machine.one_step import (
    ALL,
    BOOM,
    CONTACT,
    HELD_BOOM,
    LOCK,
    NOW,
    PULSED_BOOM,
    SWING,
    recorded,
    transition,
)

ANN = Credit("ann", Cause.GRANT, Direction.ENTRY)
PRESS = Credit("", Cause.OVERRIDE, None)


@pytest.mark.parametrize(
    ("credit", "wired", "people"),
    [(ANN, ALL, 3), (ANN, ALL - BEAMS, 3), (PRESS, ALL, 3), (PRESS, ALL - BEAMS, 1)],
)
def test_impatient_presses_are_one_person_where_no_beam_counts(
    credit: Credit, wired: frozenset[InputName], people: int
) -> None:
    made = transition(BOOM, wired=wired)
    for _ in range(3):
        let_through(made, credit)
    assert waiting(made.state) == people
    assert recorded(made) == ["lane_opened"]


def test_only_so_many_are_let_through_at_once() -> None:
    made = transition(BOOM)
    for _ in range(MOST_WAITING + 3):
        let_through(made, ANN)
    assert waiting(made.state) == MOST_WAITING


@pytest.mark.parametrize(
    ("barrier", "fields", "phase"),
    [
        (LOCK, {}, Phase.OPENING),
        (BOOM, {}, Phase.OPENING),
        (BOOM, {"phase": Phase.CLOSING}, Phase.OPENING),
        (BOOM, {"phase": Phase.OPEN, "active": (CONTACT,)}, Phase.OPEN),
        (BOOM, {"phase": Phase.OBSTRUCTED, "active": (CONTACT,)}, Phase.OPEN),
        (SWING, {"active": (InputName.LEAF,)}, Phase.HALTED),  # it opens onto nobody
    ],
)
def test_opening_for_somebody(barrier: Barrier, fields: dict[str, Any], phase: Phase) -> None:
    made = transition(barrier, **fields)
    open_for(made, Cause.GRANT, "ann")
    assert made.state.phase is phase


@pytest.mark.parametrize(
    ("fields", "opened", "phase", "event"),
    [
        ({"phase": Phase.CLOSED}, True, Phase.FORCED, "lane_forced"),
        ({"phase": Phase.LOCKED, "lockdown": True}, True, Phase.FORCED, "lane_forced"),
        ({"phase": Phase.CLOSED, "shut_at": NOW - 1.0}, True, Phase.CLOSING, "lane_reopened"),
        ({"phase": Phase.CLOSED, "shut_at": NOW - BOOM.settle_time}, True, Phase.FORCED, "lane_forced"),
        ({"phase": Phase.FAULT, "since": NOW - 1.0}, True, Phase.OPEN, None),  # it opened at last
        ({"phase": Phase.FAULT, "since": NOW - 9.0}, True, Phase.FORCED, "lane_forced"),
        ({"phase": Phase.CLOSING}, False, Phase.CLOSED, "lane_closed"),
        ({"phase": Phase.FORCED}, False, Phase.CLOSED, "lane_closed"),
        ({"phase": Phase.OPEN}, False, Phase.OPEN, None),  # a flicker, until it has lasted
    ],
)
def test_what_the_contact_of_a_boom_says(
    fields: dict[str, Any], opened: bool, phase: Phase, event: str | None
) -> None:
    made = transition(BOOM, **fields)
    on_contact(made, opened)
    assert made.state.phase is phase
    assert recorded(made) == ([] if event is None else [event])
    assert (made.state.moved_at, made.state.still) == (NOW, 0)


def test_one_that_reads_shut_has_fallen_only_after_a_while() -> None:
    made = transition(BOOM, phase=Phase.OPEN)
    on_contact(made, False)
    assert made.state.fell_at == NOW + FELL_AFTER
    fell(made)
    assert (made.state.phase, recorded(made)) == (Phase.FAULT, ["lane_fault"])


@pytest.mark.parametrize("phase", [Phase.FIRE, Phase.HELD_OPEN_BY_STAFF])
def test_one_that_falls_while_it_is_held_is_raised_again(phase: Phase) -> None:
    made = transition(BOOM, phase=phase)
    fell(made)
    assert (made.state.phase, made.state.raised) == (phase, NOW)
    assert made.state.stand_by == NOW + BOOM.travel


@pytest.mark.parametrize(
    ("barrier", "phase", "expected"),
    [
        (BOOM, Phase.CLOSING, Phase.OBSTRUCTED),
        (BOOM, Phase.OPEN, Phase.OPEN),
        (HELD_BOOM, Phase.CLOSING, Phase.OBSTRUCTED),
        (LOCK, Phase.OPEN, Phase.OPEN),
    ],
)
def test_something_in_the_way_turns_a_closing_barrier_round(
    barrier: Barrier, phase: Phase, expected: Phase
) -> None:
    made = transition(barrier, phase=phase, active=(InputName.OBSTACLE,))
    on_way(made)
    assert made.state.phase is expected


@pytest.mark.parametrize(("renewals", "out"), [(MOST_RENEWALS - 1, False), (MOST_RENEWALS, True)])
def test_a_barrier_is_not_kept_open_endlessly_for_what_is_in_its_way(renewals: int, out: bool) -> None:
    made = transition(PULSED_BOOM, phase=Phase.OPEN, active=(InputName.OBSTACLE,), renewals=renewals)
    renew(made)
    assert bool(made.state.out_of_order) is out
    assert (made.state.raised == NOW) is not out


@pytest.mark.parametrize(
    ("fields", "phase"),
    [
        ({"active": (CONTACT,)}, Phase.OPEN),
        ({"raised": NOW - 0.5}, Phase.OPENING),
        ({"raised": NOW - 9.0}, Phase.FAULT),
    ],
)
def test_what_follows_a_hold_of_a_boom(fields: dict[str, Any], phase: Phase) -> None:
    made = transition(BOOM, phase=Phase.HELD_OPEN_BY_STAFF, **fields)
    stop_standing_open(made)
    assert made.state.phase is phase


def test_a_barrier_that_does_not_open_in_a_fire_is_told_once_and_tried_for_ever() -> None:
    made = transition(BOOM, phase=Phase.FIRE, fire=FireLatch())
    for _ in range(3):
        stand_by_missed(made)
    assert recorded(made) == ["lane_fault"]
    assert made.state.fire == FireLatch(failed=True)
    assert (made.state.phase, made.state.stand_by) == (Phase.FIRE, NOW + 2.0 * BOOM.travel)


@pytest.mark.parametrize(
    ("barrier", "line", "raised", "phase"),
    [
        (SWING, InputName.LEAF, NOW - 0.5, Phase.HALTED),
        (SWING, InputName.LEAF, NOW - SWING.travel, Phase.OPENING),  # it stands open by now
        (SWING, InputName.BEAM_OUTER, NOW - 0.5, Phase.OPENING),  # beside the swing
        (BOOM, InputName.OBSTACLE, NOW - 0.5, Phase.OPENING),  # an arm goes up and meets nobody
    ],
)
def test_a_leaf_that_opens_stops_for_whoever_is_in_its_swing(
    barrier: Barrier, line: InputName, raised: float, phase: Phase
) -> None:
    made = transition(barrier, phase=Phase.OPENING, active=(line,), raised=raised)
    on_way(made)
    assert made.state.phase is phase
    assert (made.state.clear_since, made.state.clear_at) == (None, None)


def test_the_way_is_clear_from_the_moment_that_the_last_has_left_it() -> None:
    made = transition(BOOM, phase=Phase.OBSTRUCTED, clear_since=None)
    on_way(made)
    assert (made.state.clear_since, made.state.clear_at) == (NOW, NOW + BOOM.clear_time)


@pytest.mark.parametrize(
    ("lockdown", "way", "phase", "event"),
    [
        (False, Direction.ENTRY, Phase.OPENING, "lane_opened"),
        (True, Direction.ENTRY, Phase.LOCKED, "lane_grant_refused"),
        (True, None, Phase.LOCKED, "lane_grant_refused"),
        (True, Direction.EXIT, Phase.OPENING, "lane_opened"),
    ],
)
def test_whoever_was_let_through_an_open_door_is_let_through_again_once_it_has_shut(
    lockdown: bool, way: Direction | None, phase: Phase, event: str
) -> None:
    late = Credit("ann", Cause.GRANT, way, NOW + 1.0)
    made = transition(LOCK, phase=Phase.OPEN, credits=(late,), moved=True, lockdown=lockdown)
    on_contact(made, False)
    assert made.state.phase is phase
    assert recorded(made) == ["lane_closed", event]
