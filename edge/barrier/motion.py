"""How a lane opens and closes, whatever the reason: locks and powered barriers, holds, fire, faults."""

from __future__ import annotations

from edge.barrier.board import InputName, OutputName
from edge.barrier.kinds import Barrier, Drive
from edge.barrier.signals import Cause, LaneEvent
from edge.barrier.state import RESTING, STANDS_OPEN, Credit, LaneState, Phase
from edge.barrier.turn import Turn, who

MOST_WAITING = 8
"""Persons granted and not yet passed; a ninth is refused and has to ask again."""


def let_through(turn: Turn, credit: Credit) -> None:
    """Note that one person may pass, and open for them."""
    if len(turn.state.credits) < MOST_WAITING:
        turn.become(credits=(*turn.state.credits, credit))
    open_for(turn, credit.cause, credit.reference)


def open_for(turn: Turn, cause: Cause, reference: str = "") -> None:
    state = turn.state
    barrier = state.barrier
    if state.phase in STANDS_OPEN:
        waits = Phase.OPEN if barrier.powered else Phase.OPENING
        if state.phase is waits:
            turn.become(until=turn.now + barrier.open_time)
        elif state.phase is Phase.OBSTRUCTED:
            turn.enter(Phase.OPEN, barrier.open_time)
        return
    details = {"cause": cause.value} | ({"reference": reference} if reference else {})
    turn.record(LaneEvent.OPENED, **details)
    turn.become(cause=cause, moved=state.door_open)
    if not barrier.powered and state.door_open:
        turn.enter(Phase.OPEN, barrier.held_time)
        return
    turn.enter(Phase.OPENING, barrier.travel if barrier.powered else barrier.open_time)
    drive_open(turn)


def drive_open(turn: Turn) -> None:
    if turn.state.barrier.drive is not Drive.HOLD:
        turn.impulse(OutputName.RELAY_OPEN)


def prop(turn: Turn, cause: Cause, by: str, seconds: float | None) -> None:
    if turn.state.phase not in STANDS_OPEN:
        open_for(turn, cause)
    details = {"by": by} | ({} if seconds is None else {"seconds": f"{seconds:g}"})
    turn.record(LaneEvent.PROPPED, **details)
    turn.become(cause=cause)
    turn.enter(Phase.PROPPED, seconds)


def end_prop(turn: Turn, by: str) -> None:
    turn.record(LaneEvent.PROP_ENDED, by=by)
    stop_standing_open(turn)


def on_fire(turn: Turn, burning: bool) -> None:
    if not burning:
        turn.record(LaneEvent.FIRE_ENDED)
        stop_standing_open(turn)
        return
    turn.record(LaneEvent.FIRE)
    turn.record(LaneEvent.OPENED, cause=Cause.FIRE.value)
    turn.become(cause=Cause.FIRE, notice=None)
    turn.enter(Phase.FIRE, renewal(turn.state.barrier))
    drive_open(turn)


def renewal(barrier: Barrier) -> float | None:
    """A barrier that closes by itself needs its impulse again and again to stay open."""
    return barrier.open_time if barrier.drive is Drive.PULSE else None


def stop_standing_open(turn: Turn) -> None:
    """A hold or a fire is over: go on as after an ordinary opening."""
    state = turn.state
    if state.barrier.powered:
        turn.enter(Phase.OPEN, state.barrier.open_time)
    elif state.door_open:
        turn.enter(Phase.OPEN, state.barrier.held_time)
    else:
        rest(turn)


def close_or_wait(turn: Turn) -> None:
    """Close a powered barrier; wait where something is in its way."""
    state = turn.state
    if state.blocked:
        if state.phase is not Phase.OBSTRUCTED:
            turn.record(LaneEvent.OBSTRUCTED, by=what_blocks(state))
            turn.prompt("lane_clear_the_way")
        turn.enter(Phase.OBSTRUCTED, state.barrier.held_time)
        return
    turn.enter(Phase.CLOSING, state.barrier.travel)
    if state.barrier.drive is Drive.UP_STOP_DOWN:
        turn.impulse(OutputName.RELAY_CLOSE)


def on_way(turn: Turn) -> None:
    """Something came into, or left, the way of a powered barrier."""
    state = turn.state
    if state.blocked:
        turn.become(clear_at=None)
        if state.phase is Phase.CLOSING:
            turn.record(LaneEvent.OBSTRUCTED, by=what_blocks(state))
            turn.record(LaneEvent.OPENED, cause=Cause.OBSTACLE.value)
            turn.enter(Phase.OBSTRUCTED, state.barrier.held_time)
            drive_open(turn)
    elif state.barrier.powered and state.phase in {Phase.OBSTRUCTED, Phase.HELD_OPEN}:
        turn.become(clear_at=turn.now + state.barrier.clear_time)


def what_blocks(state: LaneState) -> str:
    lines = (InputName.OBSTACLE, InputName.BEAM_OUTER, InputName.BEAM_INNER)
    return " ".join(line.value for line in lines if line in state.active)


def on_contact(turn: Turn, opened: bool) -> None:
    state = turn.state
    if opened:
        turn.become(moved=True)
        if state.phase in RESTING or state.phase is Phase.FAULT:
            turn.record(LaneEvent.FORCED)
            turn.enter(Phase.FORCED)
        elif state.phase is Phase.OPENING and not state.barrier.powered:
            turn.enter(Phase.OPEN, state.barrier.held_time)
    elif state.phase in {Phase.FORCED, Phase.FAULT} or (
        not state.barrier.powered and state.phase in {Phase.OPEN, Phase.HELD_OPEN}
    ):
        rest(turn)


def rest(turn: Turn) -> None:
    """The barrier is closed: settle what became of those who were let through."""
    state = turn.state
    for credit in state.credits:
        if state.counts or (state.has_contact and not state.moved):
            turn.record(LaneEvent.NO_ENTRY, **who(credit))
        else:
            way = {} if credit.direction is None else {"direction": credit.direction.value}
            turn.record(LaneEvent.PASSED, counted="estimated", **way, **who(credit))
    turn.record(LaneEvent.CLOSED)
    turn.become(credits=(), passed=frozenset(), moved=False, cause=None)
    turn.enter(Phase.LOCKED if state.lockdown else Phase.CLOSED)


def fault(turn: Turn, what: str) -> None:
    """The barrier did not do what it was told. With somebody in its way it is left open until they go."""
    turn.record(LaneEvent.FAULT, what=what)
    turn.prompt("lane_out_of_order")
    for credit in turn.state.credits:
        turn.record(LaneEvent.NO_ENTRY, **who(credit))
    turn.become(credits=(), cause=None)
    if turn.state.blocked:
        turn.enter(Phase.OBSTRUCTED, turn.state.barrier.held_time)
    else:
        turn.enter(Phase.FAULT)
