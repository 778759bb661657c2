"""The release for a fire: latched, supervised, and over once the panel is quiet, or a person says so."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from edge.boards.format import Barrier, InputName
from edge.decision import Direction
from edge.journal.format import LaneHoldEnded
from edge.lane.machine.fire import end_fire, may_be_reset, on_fire, quiet_for_long_enough, release_for_fire
from edge.lane.machine.signals import Cause
from edge.lane.machine.state import Credit, FireLatch, Phase, WaitingPerson
from tests.edge.lane.machine.one_step import (
    BOOM,
    CONTACT,
    LOCK,
    NOW,
    STRIKE,
    SWING,
    bodies,
    prompts,
    recorded,
    transition,
)

QUIET = BOOM.fire_quiet
BY_HAND = replace(BOOM, fire_reset=True)


@pytest.mark.parametrize("barrier", [LOCK, STRIKE, BOOM, SWING])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"phase": Phase.LOCKED, "lockdown": True},
        {"phase": Phase.FAULT, "fault": "did not open"},
        {"phase": Phase.HELD_TOO_LONG, "out_of_order": "x"},
    ],
)
def test_a_fire_opens_every_barrier_in_every_state(barrier: Barrier, fields: dict[str, Any]) -> None:
    made = transition(barrier, **fields)
    on_fire(made, True)
    state = made.state
    assert (state.phase, state.fire, state.cause) == (Phase.FIRE, FireLatch(), Cause.FIRE)
    assert (state.until, state.raised) == (None, NOW)
    assert recorded(made) == ["lane_fire", "lane_opened"]


def test_a_contact_that_chatters_is_one_fire() -> None:
    made = transition(BOOM)
    for burning in (True, False, True, False, True):
        on_fire(made, burning)
    assert recorded(made) == ["lane_fire", "lane_opened"]
    assert made.state.fire == FireLatch(quiet_at=None)


def test_the_time_of_quiet_begins_when_the_panel_falls_quiet() -> None:
    made = transition(BOOM, phase=Phase.FIRE, fire=FireLatch())
    on_fire(made, False)
    assert made.state.fire == FireLatch(quiet_at=NOW + QUIET)
    assert made.state.phase is Phase.FIRE


def test_a_quiet_panel_without_a_fire_says_nothing() -> None:
    made = transition(BOOM)
    on_fire(made, False)
    assert (made.state.phase, made.state.fire, recorded(made)) == (Phase.CLOSED, None, [])


def test_a_hold_ends_with_its_name() -> None:
    made = transition(BOOM, active=[CONTACT], phase=Phase.HELD_OPEN_BY_STAFF, held_by="Wang")
    release_for_fire(made, FireLatch())
    assert bodies(made)[0] == LaneHoldEnded(by="fire", held_by="Wang")


def test_in_a_mantrap_those_who_leave_may_go_and_those_granted_are_refused() -> None:
    granted = Credit("ref-1", Cause.GRANT, Direction.ENTRY)
    leaving = Credit("", Cause.EXIT_REQUEST, None)
    waiting = tuple(WaitingPerson(credit, NOW + 5.0) for credit in (granted, leaving))
    made = transition(BOOM, waiting=waiting, claim=NOW - 1.0)
    release_for_fire(made, FireLatch())
    state = made.state
    assert (state.credits, state.waiting, state.claim) == ((leaving,), (), None)
    [refused] = [event for event in bodies(made) if event.kind == "lane_grant_refused"]
    assert (refused.reference, refused.why) == ("ref-1", "fire")


@pytest.mark.parametrize(
    ("barrier", "active", "stand_by"),
    [(BOOM, (), NOW + BOOM.travel), (BOOM, (CONTACT,), None), (LOCK, (), None)],
)
def test_a_powered_barrier_that_reads_shut_has_to_stand_open_by_then(
    barrier: Barrier, active: tuple[InputName, ...], stand_by: float | None
) -> None:
    made = transition(barrier, active=active)
    release_for_fire(made, FireLatch())
    assert made.state.stand_by == stand_by


@pytest.mark.parametrize(("barrier", "over"), [(BOOM, True), (BY_HAND, False)])
def test_a_board_may_ask_for_a_person_to_end_it(barrier: Barrier, over: bool) -> None:
    made = transition(barrier, active=[CONTACT], phase=Phase.FIRE, fire=FireLatch(quiet_at=NOW))
    quiet_for_long_enough(made)
    assert (made.state.fire is None) is over
    assert may_be_reset(made) is not over


@pytest.mark.parametrize(
    ("latch", "active", "may"),
    [
        (None, (), False),
        (FireLatch(), (), True),
        (FireLatch(quiet_at=NOW + 1.0), (), False),  # not quiet for long enough yet
        (FireLatch(), (InputName.FIRE,), False),  # it burns
    ],
)
def test_nobody_resets_a_fire_that_is_not_over(
    latch: FireLatch | None, active: tuple[InputName, ...], may: bool
) -> None:
    assert may_be_reset(transition(BY_HAND, active=active, fire=latch)) is may


@pytest.mark.parametrize(
    ("failed", "active", "phase"),
    [
        (False, (CONTACT,), Phase.OPEN),
        (True, (CONTACT,), Phase.OPEN),  # it opened at last
        (True, (), Phase.FAULT),
        (False, (), Phase.FAULT),  # it reads shut long after it was raised
    ],
)
def test_what_follows_a_fire(failed: bool, active: tuple[InputName, ...], phase: Phase) -> None:
    made = transition(
        BOOM,
        active=active,
        phase=Phase.FIRE,
        fire=FireLatch(failed=failed),
        raised=NOW - 60.0,
        clear_since=NOW,
    )
    end_fire(made)
    assert (made.state.phase, made.state.fire) == (phase, None)
    assert recorded(made)[0] == "lane_fire_ended"
    assert (prompts(made) == ["lane_out_of_order"]) is (phase is Phase.FAULT)


def test_a_barrier_that_failed_in_the_fire_is_a_fault_even_while_it_may_be_rising() -> None:
    for failed, phase in ((True, Phase.FAULT), (False, Phase.OPENING)):
        made = transition(BOOM, phase=Phase.FIRE, fire=FireLatch(failed=failed), raised=NOW - 0.5)
        end_fire(made)
        assert made.state.phase is phase
