"""What became of everybody who was let through, told once an opening is over."""

from __future__ import annotations

from edge.boards.format.board import InputName
from edge.lane.machine.beams import Place
from edge.lane.machine.signals import LaneEvent
from edge.lane.machine.state import BEAMS, Credit, Phase
from edge.lane.machine.transition import Turn, who


def refuse(turn: Turn, credit: Credit, why: str) -> None:
    """The decision granted, the lane cannot."""
    turn.record(LaneEvent.GRANT_REFUSED, reference=credit.reference, why=why)


def settle(turn: Turn) -> None:
    """An opening is over: what became of everybody, and whether its sensors agree with each other.

    A door may fall shut behind somebody who is still between the beams: settled once they are clear.
    """
    state = turn.state
    if state.counts and state.beams.place is not Place.NOWHERE:
        return
    for credit in state.credits:
        settle_one(turn, credit)
    if state.passed and state.has_contact and not state.moved:
        turn.record(LaneEvent.SENSOR_FAULT, sensor=InputName.DOOR_CONTACT.value, why="contradicts the beams")
    seeing = BEAMS.isdisjoint(state.active)
    turn.become(
        credits=(), passed=frozenset(), moved=state.door_open, blind=state.blind and not seeing
    )  # an arm that stands open has moved already, whatever follows


def rest(turn: Turn) -> None:
    """The barrier is closed: settle what became of those who were let through."""
    settle(turn)
    turn.record(LaneEvent.CLOSED)
    shut_at = turn.now if turn.state.has_contact and turn.state.phase is not Phase.FORCED else None
    turn.become(cause=None, release=None, fault="", reversals=0, renewals=0, warns=False, shut_at=shut_at)
    turn.enter(Phase.LOCKED if turn.state.lockdown else Phase.CLOSED)


def settle_one(turn: Turn, credit: Credit) -> None:
    """What became of one who was let through."""
    state = turn.state
    if state.counts or (state.has_contact and not state.moved):
        turn.record(LaneEvent.NO_ENTRY, **who(credit))
    elif state.phase is Phase.FORCED:
        # The door stood open already, and not for them: no contact can tell who went through.
        if credit.reference:
            turn.record(LaneEvent.UNCLEAR, why="the door was forced", **who(credit))
    else:
        way = {} if credit.direction is None else {"direction": credit.direction.value}
        turn.record(LaneEvent.PASSED, counted="estimated", **way, **who(credit))
