"""How a lane opens and closes, whatever the reason: locks and powered barriers, holds, fire, faults."""

from __future__ import annotations

from msgspec.structs import replace

from edge.barrier.board import InputName, OutputName
from edge.barrier.kinds import Drive, Interlock
from edge.barrier.passage import Place
from edge.barrier.signals import Cause, LaneEvent, LanePrompt
from edge.barrier.state import BEAMS, IN_THE_WAY, RESTING, STANDS_OPEN, Credit, LaneState, Phase
from edge.barrier.turn import Turn, who

MOST_WAITING = 8
"""Persons let through and not yet passed; a ninth grant is refused and has to be asked for again."""

MOST_REVERSALS = 5
"""So often a barrier tries to close within one opening; then what is in its way must be gone for longer."""


def waiting(state: LaneState) -> int:
    """How many were let through and have not passed yet."""
    return len(state.credits) + len(state.waiting)


def let_through(turn: Turn, credit: Credit) -> None:
    """Note that one person may pass, and open for them."""
    state = turn.state
    if state.phase in {Phase.OPEN, Phase.HELD_OPEN} and not state.barrier.powered:
        credit = replace(credit, late=turn.now + state.barrier.open_time)
    if waiting(state) < MOST_WAITING and not _pressed_again(state, credit):
        turn.become(credits=(*state.credits, credit))
    open_for(turn, credit.cause, credit.reference)


def _pressed_again(state: LaneState, credit: Credit) -> bool:
    """Where nothing sees who passes, impatient presses of a button are not taken for more people."""
    known = any(other.cause is credit.cause for other in state.credits)
    return known and credit.cause is not Cause.GRANT and not state.counts


def open_for(turn: Turn, cause: Cause, reference: str = "") -> None:
    _admit_waiting(turn)
    state = turn.state
    barrier = state.barrier
    if state.phase in STANDS_OPEN:
        _stay_open_for(turn)
        return
    details = {"cause": cause.value} | ({"reference": reference} if reference else {})
    turn.record(LaneEvent.OPENED, **details)
    if barrier.interlock is not Interlock.NONE and InputName.INTERLOCK not in state.active:
        turn.record(LaneEvent.INTERLOCK_OVERRIDDEN, cause=cause.value)
    turn.become(cause=cause, moved=state.door_open)
    if not barrier.powered and state.door_open:
        turn.enter(Phase.OPEN, barrier.held_time)
        return
    raise_it(turn)
    turn.enter(Phase.OPENING, barrier.travel if barrier.powered else barrier.open_time)


def _admit_waiting(turn: Turn) -> None:
    """It opens, for whatever reason: those who wait for the other gate may pass as well."""
    admitted = tuple(waits.credit for waits in turn.state.waiting)
    turn.become(credits=(*turn.state.credits, *admitted), waiting=(), claim=None)


def _stay_open_for(turn: Turn) -> None:
    """One more person, while it stands open."""
    state = turn.state
    barrier = state.barrier
    if state.phase is Phase.OBSTRUCTED:
        turn.enter(Phase.OPEN, barrier.open_time)
    elif state.phase is (Phase.OPEN if barrier.powered else Phase.OPENING):
        turn.become(until=turn.now + barrier.open_time)
    else:
        return
    if barrier.drive is Drive.PULSE:
        raise_it(turn)


def raise_it(turn: Turn) -> None:
    """Open, by an impulse where impulses do it; what is on its way down is halted first."""
    drive = turn.state.barrier.drive
    if drive is Drive.HOLD:
        return
    turn.become(raised=turn.now)
    running = turn.state.impulse
    halting = running is not None and running.relay is OutputName.RELAY_STOP
    if drive is Drive.UP_STOP_DOWN and (turn.state.phase is Phase.CLOSING or halting):
        turn.impulse(OutputName.RELAY_STOP, OutputName.RELAY_OPEN)
    else:
        turn.impulse(OutputName.RELAY_OPEN)


def _lower_it(turn: Turn) -> None:
    """Close, by an impulse where one does it; what may still be on its way up is halted first."""
    state, barrier = turn.state, turn.state.barrier
    may_rise = state.phase is Phase.CLOSED or turn.now < state.raised + barrier.travel
    if barrier.drive is Drive.UP_STOP_DOWN and may_rise:
        turn.impulse(OutputName.RELAY_STOP, OutputName.RELAY_CLOSE)
    elif barrier.lowered:
        turn.impulse(OutputName.RELAY_CLOSE)


def prop(turn: Turn, cause: Cause, by: str, seconds: float | None) -> None:
    if turn.state.phase not in STANDS_OPEN:
        open_for(turn, cause)
    details = {"by": by} | ({} if seconds is None else {"seconds": f"{seconds:g}"})
    turn.record(LaneEvent.PROPPED, **details)
    turn.become(cause=cause)
    turn.enter(Phase.PROPPED, seconds)


def end_prop(turn: Turn, by: str) -> None:
    turn.record(LaneEvent.PROP_ENDED, by=by)
    _stop_standing_open(turn)


def on_fire(turn: Turn, burning: bool) -> None:
    if not burning:
        turn.record(LaneEvent.FIRE_ENDED)
        _stop_standing_open(turn)
        return
    if turn.state.phase is Phase.PROPPED:
        turn.record(LaneEvent.PROP_ENDED, by="fire")
    turn.record(LaneEvent.FIRE)
    turn.record(LaneEvent.OPENED, cause=Cause.FIRE.value)
    _admit_waiting(turn)
    turn.become(cause=Cause.FIRE, notice=None, moved=turn.state.moved or turn.state.door_open)
    raise_it(turn)
    turn.enter(Phase.FIRE)


def _stop_standing_open(turn: Turn) -> None:
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
    if not state.blocked:
        _lower_it(turn)
        turn.enter(Phase.CLOSING, state.barrier.travel)
        return
    if state.phase is not Phase.OBSTRUCTED:
        turn.record(LaneEvent.OBSTRUCTED, by=what_blocks(state))
        turn.prompt(LanePrompt.CLEAR_THE_WAY)
    turn.enter(Phase.OBSTRUCTED, state.barrier.held_time)


def on_way(turn: Turn) -> None:
    """Something came into, or left, the way of a powered barrier."""
    state = turn.state
    barrier = state.barrier
    if state.blocked:
        turn.become(clear_at=None)
        if state.phase is Phase.CLOSING or (state.phase is Phase.FAULT and state.door_open):
            turn.record(LaneEvent.OBSTRUCTED, by=what_blocks(state))
            turn.record(LaneEvent.OPENED, cause=Cause.OBSTACLE.value)
            turn.prompt(LanePrompt.CLEAR_THE_WAY)
            raise_it(turn)
            turn.enter(Phase.OBSTRUCTED, barrier.held_time)
            turn.become(reversals=state.reversals + 1)
    elif barrier.powered and state.phase in {Phase.OBSTRUCTED, Phase.HELD_OPEN}:
        patient = state.reversals >= MOST_REVERSALS
        turn.become(clear_at=turn.now + (barrier.held_time if patient else barrier.clear_time))


def what_blocks(state: LaneState) -> str:
    return " ".join(line.value for line in InputName if line in IN_THE_WAY and line in state.active)


def on_contact(turn: Turn, opened: bool) -> None:
    state = turn.state
    if opened:
        turn.become(moved=True)
        if state.phase in RESTING or state.phase is Phase.FAULT:
            turn.record(LaneEvent.FORCED)
            turn.enter(Phase.FORCED)
        elif state.phase is Phase.OPENING and not state.barrier.powered:
            turn.enter(Phase.OPEN, state.barrier.held_time)
    elif state.phase in {Phase.FORCED, Phase.FAULT}:
        rest(turn)
    elif not state.barrier.powered and state.phase in {Phase.OPEN, Phase.HELD_OPEN}:
        _shut(turn)


def _shut(turn: Turn) -> None:
    """A door fell shut: over, unless somebody was let through while it stood open and is yet to pass."""
    late = tuple(
        credit for credit in turn.state.credits if credit.late is not None and turn.now < credit.late
    )
    turn.become(credits=tuple(credit for credit in turn.state.credits if credit not in late))
    rest(turn)
    for credit in late:
        if turn.state.lockdown and credit.cause is Cause.GRANT:
            refuse(turn, credit, "locked")
        else:
            let_through(turn, replace(credit, late=None))


def refuse(turn: Turn, credit: Credit, why: str) -> None:
    turn.record(LaneEvent.GRANT_REFUSED, reference=credit.reference, why=why)


def rest(turn: Turn) -> None:
    """The barrier is closed: settle what became of those who were let through."""
    settle(turn)
    turn.record(LaneEvent.CLOSED)
    turn.become(cause=None)
    turn.enter(Phase.LOCKED if turn.state.lockdown else Phase.CLOSED)


def fault(turn: Turn, what: str) -> None:
    """The barrier did not do what it was told. With somebody in its way it is left open until they go."""
    turn.record(LaneEvent.FAULT, what=what)
    turn.prompt(LanePrompt.OUT_OF_ORDER)
    settle(turn)
    turn.become(cause=None)
    if turn.state.blocked:
        turn.enter(Phase.OBSTRUCTED, turn.state.barrier.held_time)
        return
    if turn.state.barrier.drive is Drive.UP_STOP_DOWN:
        turn.impulse(OutputName.RELAY_STOP)
    turn.enter(Phase.FAULT)


def settle(turn: Turn) -> None:
    """An opening is over: what became of everybody, and whether its sensors agree with each other.

    A door may fall shut behind somebody who is still between the beams: settled once they are clear.
    """
    state = turn.state
    if state.counts and state.beams.place is not Place.NOWHERE:
        return
    for credit in state.credits:
        if state.counts or (state.has_contact and not state.moved):
            turn.record(LaneEvent.NO_ENTRY, **who(credit))
        else:
            way = {} if credit.direction is None else {"direction": credit.direction.value}
            turn.record(LaneEvent.PASSED, counted="estimated", **way, **who(credit))
    if state.passed and state.has_contact and not state.moved:
        turn.record(LaneEvent.SENSOR_FAULT, sensor=InputName.DOOR_CONTACT.value, why="contradicts the beams")
    seeing = BEAMS.isdisjoint(state.active)
    turn.become(credits=(), passed=frozenset(), moved=False, reversals=0, blind=state.blind and not seeing)
