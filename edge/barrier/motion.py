"""How a lane opens and closes, whatever the reason: powered barriers here, locks in `edge.barrier.locks`."""

from __future__ import annotations

from msgspec.structs import replace

from edge.barrier import locks
from edge.barrier.board import InputName, OutputName
from edge.barrier.driving import lower_it, raise_it, stop_lowering
from edge.barrier.kinds import Drive, Interlock
from edge.barrier.settling import refuse, rest, settle
from edge.barrier.signals import Cause, LaneEvent, LanePrompt
from edge.barrier.state import IN_THE_WAY, RESTING, STANDS_OPEN, Credit, LaneState, Phase
from edge.barrier.turn import Turn

MOST_WAITING = 8
"""Persons let through and not yet passed; a ninth grant is refused and has to be asked for again."""

MOST_REVERSALS = 5
"""So often a barrier tries to close within one opening; then what is in its way must be gone for longer.
After as many again it stays open until a person has looked."""

MOST_RENEWALS = 20
"""So many impulses keep a barrier open for what is in its way; then it is out of order until a person has
looked."""

ASSURED: frozenset[Cause] = frozenset({Cause.EXIT_REQUEST, Cause.OVERRIDE, Cause.DURESS, Cause.STAFF})
"""What opens whatever a sensor says: somebody wants to get out, or the staff want somebody through."""


def waiting(state: LaneState) -> int:
    """How many were let through and have not passed yet."""
    return len(state.credits) + len(state.waiting)


def let_through(turn: Turn, credit: Credit) -> None:
    """Note that one person may pass, and open for them."""
    state = turn.state
    if waiting(state) < MOST_WAITING and not _pressed_again(state, credit):
        turn.become(credits=(*state.credits, locks.late(turn, credit)))
    open_for(turn, credit.cause, credit.reference)


def _pressed_again(state: LaneState, credit: Credit) -> bool:
    """Where nothing sees who passes, impatient presses of a button are not taken for more people."""
    known = any(other.cause is credit.cause for other in state.credits)
    return known and credit.cause is not Cause.GRANT and not state.counts


def open_for(turn: Turn, cause: Cause, reference: str = "") -> None:
    """Open, or stay open for one more; those who wait for the other gate pass as well, if that is shut."""
    state = turn.state
    if state.barrier.interlock is Interlock.NONE or InputName.INTERLOCK in state.active:
        admitted = tuple(waits.credit for waits in state.waiting)
        turn.become(credits=(*state.credits, *admitted), waiting=(), claim=None)
    if not state.barrier.powered:
        locks.release(turn, cause, reference, assured=cause in ASSURED)
    elif state.phase in STANDS_OPEN - {Phase.WARNING, Phase.HALTED}:
        _stay_open_for(turn, cause)
    else:
        turn.opened(cause, reference)
        turn.become(cause=cause, moved=state.door_open)
        raise_it(turn)
        turn.enter(Phase.OPENING, state.barrier.travel)


def _stay_open_for(turn: Turn, cause: Cause) -> None:
    """One more person, while it stands open."""
    state = turn.state
    barrier = state.barrier
    if state.phase is Phase.OBSTRUCTED:
        turn.enter(Phase.OPEN, barrier.open_time)
    elif state.phase is Phase.OPEN:
        turn.become(until=turn.now + barrier.open_time)
    elif cause not in ASSURED:
        return
    if barrier.drive is Drive.PULSE or (cause in ASSURED and state.impulse is None):
        # It is open by all that is known; an impulse more does no harm, and what is known may be wrong.
        raise_it(turn)


def renew(turn: Turn) -> None:
    """An impulse again, for a barrier that would close by itself; not without end for what is in its way."""
    state = turn.state
    if state.phase in {Phase.PROPPED, Phase.FIRE}:
        raise_it(turn)
    elif state.renewals < MOST_RENEWALS:
        turn.become(renewals=state.renewals + 1)
        raise_it(turn)
    else:
        put_out_of_order(turn, f"kept open by {MOST_RENEWALS} impulses for {what_blocks(state)}")


def put_out_of_order(turn: Turn, what: str) -> None:
    """It does no more by itself until a person has looked; it still opens for whoever is let through."""
    turn.record(LaneEvent.FAULT, what=what)
    turn.prompt(LanePrompt.OUT_OF_ORDER)
    turn.become(out_of_order=what)
    if turn.state.barrier.drive is Drive.PULSE:
        settle(turn)
        turn.become(cause=None, fault=what)
        turn.enter(Phase.FAULT)
    else:
        turn.enter(Phase.HELD_OPEN)  # never let go onto what is in its way


def stop_standing_open(turn: Turn) -> None:
    """A hold or a fire is over: go on as after an ordinary opening."""
    if turn.state.barrier.powered:
        turn.enter(Phase.OPEN, turn.state.barrier.open_time)
    else:
        locks.held_no_longer(turn)


def warn_and_close(turn: Turn) -> None:
    """Close a powered barrier that nobody asked to close: it warns first, and waits for a clear way."""
    if turn.state.barrier.lowered:
        turn.enter(Phase.WARNING, turn.state.barrier.warning)
    else:
        turn.enter(Phase.CLOSING, turn.state.barrier.travel)  # without its relay it is closing already


def close_or_wait(turn: Turn) -> None:
    """Close a powered barrier whose way has been clear for long enough; else wait."""
    state = turn.state
    if not state.blocked and state.clear_at_last() > turn.now:
        turn.become(until=state.clear_at_last())
    elif not state.blocked:
        lower_it(turn)
        turn.enter(Phase.CLOSING, state.barrier.travel)
    elif state.out_of_order and state.barrier.drive is Drive.PULSE:
        settle(turn)
        turn.become(cause=None)
        turn.enter(Phase.FAULT)  # nothing keeps it open any more: its own controller closes it
    else:
        _wait_for_the_way(turn)


def _wait_for_the_way(turn: Turn) -> None:
    state = turn.state
    if state.phase is not Phase.OBSTRUCTED:
        turn.record(LaneEvent.OBSTRUCTED, by=what_blocks(state))
        turn.prompt(LanePrompt.CLEAR_THE_WAY)
    turn.enter(Phase.OBSTRUCTED, state.barrier.held_time)


def hold_too_long(turn: Turn) -> None:
    """It stands open for longer than it may: an alarm."""
    turn.record(LaneEvent.HELD_OPEN, blocked=what_blocks(turn.state))
    clear_at = turn.state.clear_at
    turn.enter(Phase.HELD_OPEN)
    turn.become(clear_at=clear_at)


def on_way(turn: Turn) -> None:
    """Something came into, or left, the way of a powered barrier."""
    state = turn.state
    if not state.barrier.powered:
        return
    if not state.blocked:
        turn.become(clear_since=turn.now)
        _way_clears(turn)
        return
    turn.become(clear_since=None, clear_at=None)
    if state.phase is Phase.OPENING and state.in_the_swing:
        _swings_onto_somebody(turn)
    elif state.phase is Phase.CLOSING or (state.phase is Phase.FAULT and state.door_open):
        _reverse(turn)
    else:
        stop_lowering(turn)


def _way_clears(turn: Turn) -> None:
    state, barrier = turn.state, turn.state.barrier
    if state.phase in {Phase.OBSTRUCTED, Phase.HELD_OPEN} and not state.out_of_order:
        patient = state.reversals >= MOST_REVERSALS
        turn.become(clear_at=turn.now + (barrier.held_time if patient else barrier.clear_time))
    elif state.phase is Phase.HALTED:
        turn.become(clear_at=turn.now + barrier.clear_time)


def _reverse(turn: Turn) -> None:
    """It closes, or lies half-way in a fault, and something is there: open again, but not for ever."""
    state = turn.state
    if state.out_of_order and state.phase is Phase.FAULT:
        return
    turn.record(LaneEvent.OBSTRUCTED, by=what_blocks(state))
    turn.opened(Cause.OBSTACLE)
    turn.prompt(LanePrompt.CLEAR_THE_WAY)
    raise_it(turn)
    turn.enter(Phase.OBSTRUCTED, state.barrier.held_time)
    turn.become(reversals=state.reversals + 1, fault="")
    if turn.state.reversals >= 2 * MOST_REVERSALS and not state.out_of_order:
        put_out_of_order(turn, f"began to close {turn.state.reversals} times and could not")


def _swings_onto_somebody(turn: Turn) -> None:
    """A leaf that opens meets somebody: it stops where it can; where it cannot, that is said at once."""
    turn.record(LaneEvent.OBSTRUCTED, by=what_blocks(turn.state))
    turn.prompt(LanePrompt.CLEAR_THE_WAY)
    if turn.state.barrier.halts:
        turn.impulse(OutputName.RELAY_STOP)
        turn.enter(Phase.HALTED, turn.state.barrier.held_time)


def go_on_opening(turn: Turn) -> None:
    """The swing is clear again: it was let go to open, and does."""
    raise_it(turn)
    turn.enter(Phase.OPENING, turn.state.barrier.travel)


def what_blocks(state: LaneState) -> str:
    return " ".join(line.value for line in InputName if line in IN_THE_WAY and line in state.active)


def on_contact(turn: Turn, opened: bool) -> None:
    turn.become(moved_at=turn.now, still=0)
    if opened:
        turn.become(moved=True)
        _on_open(turn)
    else:
        _on_shut(turn)


def _on_open(turn: Turn) -> None:
    state, barrier = turn.state, turn.state.barrier
    if state.phase is Phase.FAULT and barrier.powered and turn.now < state.raised + barrier.held_time:
        _open_at_last(turn)
    elif state.phase in RESTING and _unsettled(state, turn.now):
        turn.record(LaneEvent.REOPENED)
        turn.enter(*((Phase.CLOSING, barrier.travel) if barrier.powered else (Phase.OPEN, barrier.held_time)))
    elif state.phase in RESTING or state.phase is Phase.FAULT:
        turn.record(LaneEvent.FORCED)
        turn.become(break_in=turn.now, fault="")
        turn.enter(Phase.FORCED)
    elif state.phase is Phase.OPENING and not barrier.powered:
        locks.door_opened(turn)
    elif state.stand_by is not None:
        latch = state.fire
        turn.become(stand_by=None, fire=None if latch is None else replace(latch, failed=False))


def _open_at_last(turn: Turn) -> None:
    """It was told to open, and took its time; one that opens only as long as it is told to closes again."""
    barrier = turn.state.barrier
    turn.become(fault="")
    if barrier.drive is Drive.HOLD:
        turn.enter(Phase.CLOSING, barrier.travel)
    else:
        turn.enter(Phase.OPEN, barrier.open_time)


def _unsettled(state: LaneState, now: float) -> bool:
    return state.shut_at is not None and now < state.shut_at + state.barrier.settle_time


def _on_shut(turn: Turn) -> None:
    state, barrier = turn.state, turn.state.barrier
    if not barrier.powered:
        if state.phase in {Phase.OPEN, Phase.HELD_OPEN, Phase.FORCED, Phase.FAULT}:
            _let_late_ones_through(turn, locks.door_shut(turn))
    elif state.phase in {Phase.CLOSING, Phase.FORCED, Phase.FAULT, Phase.WARNING}:
        rest(turn)
    elif state.phase in {Phase.FIRE, Phase.PROPPED}:
        turn.record(LaneEvent.FAULT, what="fell shut")
        turn.become(stand_by=turn.now + barrier.travel)
        raise_it(turn)
    elif state.phase in {Phase.OPEN, Phase.HELD_OPEN, Phase.OBSTRUCTED}:
        if barrier.drive is Drive.PULSE:
            rest(turn)  # its own controller closes it
        else:
            fault(turn, "fell shut")


def _let_late_ones_through(turn: Turn, late: tuple[Credit, ...]) -> None:
    for credit in late:
        if turn.state.lockdown and credit.cause is Cause.GRANT:
            refuse(turn, credit, "locked")
        else:
            let_through(turn, replace(credit, late=None))


def stand_by_missed(turn: Turn) -> None:
    """It was to stand open by now, for staff or in a fire, and does not."""
    state = turn.state
    if state.fire is not None:
        if not state.fire.failed:
            turn.record(LaneEvent.FAULT, what="does not open in a fire")
            turn.prompt(LanePrompt.OUT_OF_ORDER)
        raise_it(turn)
        turn.become(stand_by=turn.now + 2.0 * state.barrier.travel, fire=replace(state.fire, failed=True))
        return
    turn.record(LaneEvent.PROP_ENDED, by="fault", held_by=state.held_by)
    fault(turn, "did not open")


def fault(turn: Turn, what: str) -> None:
    """The barrier did not do what it was told. With somebody in its way it is left open until they go."""
    turn.record(LaneEvent.FAULT, what=what)
    turn.prompt(LanePrompt.OUT_OF_ORDER)
    settle(turn)
    turn.become(cause=None, fault=what)
    if turn.state.blocked:
        turn.enter(Phase.OBSTRUCTED, turn.state.barrier.held_time)
        return
    if turn.state.barrier.halts:
        turn.impulse(OutputName.RELAY_STOP)
    turn.enter(Phase.FAULT)
