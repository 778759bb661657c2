"""Records what became of everybody who was let through, once an opening is over."""

from __future__ import annotations

from edge.boards.format import InputName
from edge.journal.format import (
    LaneClosed,
    LaneGrantRefused,
    LaneNoEntry,
    LanePassed,
    LaneSensorFault,
    LaneUnclear,
)
from edge.lane.machine.beams import Zone
from edge.lane.machine.state import BEAMS, Credit, Phase
from edge.lane.machine.transition import Transition


def refuse(transition: Transition, credit: Credit, why: str) -> None:
    """Record that the lane cannot carry out a grant, and why."""
    transition.record(LaneGrantRefused(reference=credit.reference, why=why))


def settle(transition: Transition) -> None:
    """Record what became of everybody let through, and whether the sensors agree with each other.

    A door may fall shut behind somebody who is still between the beams: settled once they are clear.
    """
    state = transition.state
    if state.counts and state.beams.zone is not Zone.NOWHERE:
        return
    for credit in state.credits:
        settle_one(transition, credit)
    if state.passed and state.has_contact and not state.moved:
        transition.record(LaneSensorFault(sensor=InputName.DOOR_CONTACT, why="contradicts the beams"))
    seeing = BEAMS.isdisjoint(state.active)
    transition.become(
        credits=(), passed=frozenset(), moved=state.door_open, blind=state.blind and not seeing
    )  # an arm that stands open has moved already, whatever follows


def rest(transition: Transition) -> None:
    """Settle the opening and enter the resting phase, as the barrier is closed."""
    settle(transition)
    transition.record(LaneClosed())
    shut_at = (
        transition.now
        if transition.state.has_contact and transition.state.phase is not Phase.FORCED
        else None
    )
    transition.become(
        cause=None, release=None, fault="", reversals=0, renewals=0, warns=False, shut_at=shut_at
    )
    transition.enter(Phase.LOCKED if transition.state.lockdown else Phase.CLOSED)


def settle_one(transition: Transition, credit: Credit) -> None:
    """Record what became of one person who was let through."""
    state = transition.state
    if state.counts or (state.has_contact and not state.moved):
        transition.record(LaneNoEntry(credit.cause, credit.reference))
    elif state.phase is Phase.FORCED:
        # The door stood open already, and not for them: no contact can tell who went through.
        if credit.reference:
            transition.record(LaneUnclear("the door was forced", credit.cause, credit.reference))
    else:
        transition.record(LanePassed(credit.direction, "estimated", credit.cause, credit.reference))
