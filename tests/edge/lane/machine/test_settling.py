"""What became of everybody who was let through, by what the sensors can tell."""

from __future__ import annotations

import pytest

from edge.boards.format import Barrier, InputName
from edge.decision import Direction
from edge.journal.format import LaneNoEntry, LanePassed, LaneUnclear
from edge.lane.machine.beams import Beams, Zone
from edge.lane.machine.settling import refuse, rest, settle, settle_one
from edge.lane.machine.signals import Cause
from edge.lane.machine.state import BEAMS, Credit, LockRelease, Phase
from tests.edge.lane.machine.one_step import ALL, BOOM, CONTACT, LOCK, NOW, bodies, recorded, transition

ENTRY = Direction.ENTRY
ANN = Credit("ref-1", Cause.GRANT, ENTRY)
BUTTON = Credit("", Cause.OVERRIDE, None)
NO_BEAMS, NOTHING = ALL - BEAMS, ALL - BEAMS - {CONTACT}
NO_ENTRY = LaneNoEntry(Cause.GRANT, "ref-1")
ESTIMATED = LanePassed(ENTRY, "estimated", Cause.GRANT, "ref-1")


@pytest.mark.parametrize(
    ("wired", "moved", "blind", "phase", "said"),
    [
        (ALL, True, False, Phase.OPEN, NO_ENTRY),  # beams would have seen them
        (ALL, True, True, Phase.OPEN, ESTIMATED),  # beams that cannot be relied on
        (NO_BEAMS, True, False, Phase.OPEN, ESTIMATED),
        (NO_BEAMS, False, False, Phase.OPENING, NO_ENTRY),  # the door was not opened
        (NOTHING, False, False, Phase.OPENING, ESTIMATED),
        (NO_BEAMS, True, False, Phase.FORCED, LaneUnclear("the door was forced", Cause.GRANT, "ref-1")),
    ],
)
def test_one_person(
    wired: frozenset[InputName], moved: bool, blind: bool, phase: Phase, said: object
) -> None:
    made = transition(LOCK, wired=wired, moved=moved, blind=blind, phase=phase)
    settle_one(made, ANN)
    assert bodies(made) == [said]


def test_of_a_press_at_a_forced_door_there_is_nothing_to_say() -> None:
    made = transition(LOCK, wired=NO_BEAMS, moved=True, phase=Phase.FORCED)
    settle_one(made, BUTTON)
    assert bodies(made) == []


def test_everybody_is_settled_once() -> None:
    made = transition(BOOM, credits=(ANN, BUTTON), passed=frozenset({ENTRY}), moved=True, phase=Phase.OPEN)
    settle(made)
    assert recorded(made) == ["lane_no_entry", "lane_no_entry"]
    assert (made.state.credits, made.state.passed) == ((), frozenset())
    settle(made)
    assert len(recorded(made)) == 2


@pytest.mark.parametrize(("blind", "settled"), [(False, False), (True, True)])
def test_somebody_between_the_beams_is_waited_for_unless_the_beams_are_blind(
    blind: bool, settled: bool
) -> None:
    between = next(zone for zone in Zone if zone is not Zone.NOWHERE)
    made = transition(BOOM, credits=(ANN,), beams=Beams(zone=between), blind=blind, moved=True)
    settle(made)
    assert (made.state.credits == ()) is settled


@pytest.mark.parametrize(
    ("wired", "passed", "moved", "fault"),
    [
        (ALL, {ENTRY}, False, True),
        (ALL, {ENTRY}, True, False),
        (ALL, set(), False, False),
        (ALL - {CONTACT}, {ENTRY}, False, False),
    ],
)
def test_a_contact_that_did_not_move_while_the_beams_saw_somebody_is_at_fault(
    wired: frozenset[InputName], passed: set[Direction], moved: bool, fault: bool
) -> None:
    made = transition(BOOM, wired=wired, passed=frozenset(passed), moved=moved)
    settle(made)
    assert recorded(made) == (["lane_sensor_fault"] if fault else [])


@pytest.mark.parametrize(
    ("blind", "active", "after"),
    [(True, (), False), (True, (InputName.BEAM_INNER,), True), (False, (InputName.BEAM_INNER,), False)],
)
def test_beams_are_relied_on_again_once_both_are_clear(
    blind: bool, active: tuple[InputName, ...], after: bool
) -> None:
    made = transition(BOOM, blind=blind, active=active)
    settle(made)
    assert made.state.blind is after


def test_an_arm_that_stands_open_has_moved_already_for_what_follows() -> None:
    for active, moved in (((CONTACT,), True), ((), False)):
        made = transition(BOOM, active=active, moved=True)
        settle(made)
        assert made.state.moved is moved


@pytest.mark.parametrize(
    ("lockdown", "wired", "phase", "resting", "shut_at"),
    [
        (False, ALL, Phase.CLOSING, Phase.CLOSED, NOW),
        (True, ALL, Phase.CLOSING, Phase.LOCKED, NOW),
        (False, ALL - {CONTACT}, Phase.CLOSING, Phase.CLOSED, None),
        (False, ALL, Phase.FORCED, Phase.CLOSED, None),  # no latch bounces after a break-in
    ],
)
def test_at_rest_the_opening_is_forgotten(
    lockdown: bool, wired: frozenset[InputName], phase: Phase, resting: Phase, shut_at: float | None
) -> None:
    made = transition(
        BOOM,
        wired=wired,
        phase=phase,
        lockdown=lockdown,
        cause=Cause.GRANT,
        release=LockRelease(NOW, assured=True),
        fault="x",
        reversals=3,
        renewals=4,
        warns=True,
        credits=(ANN,),
    )
    rest(made)
    state = made.state
    assert (state.phase, state.shut_at) == (resting, shut_at)
    assert (state.cause, state.release, state.fault, state.credits) == (None, None, "", ())
    assert (state.reversals, state.renewals, state.warns) == (0, 0, False)
    assert recorded(made)[-1] == "lane_closed"


def test_a_refused_grant_is_recorded_with_its_reference() -> None:
    made = transition(BOOM)
    refuse(made, ANN, "locked")
    [event] = bodies(made)
    assert (event.kind, event.reference, event.why) == ("lane_grant_refused", "ref-1", "locked")


@pytest.mark.parametrize("barrier", [LOCK, BOOM])
def test_nobody_let_through_is_nobody_settled(barrier: Barrier) -> None:
    made = transition(barrier)
    settle(made)
    assert recorded(made) == []
