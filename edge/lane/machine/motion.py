"""How a lane opens, and what its contact and its sensors do to it: powered barriers here and in
`edge.lane.machine.closing`, locks in `edge.lane.machine.locks`.
"""

from __future__ import annotations

from msgspec.structs import replace

from edge.boards.format.board import OutputName
from edge.boards.format.kinds import Drive
from edge.lane.machine import locks
from edge.lane.machine.closing import comes_down, fault, put_out_of_order, reverse, way_clears, what_blocks
from edge.lane.machine.driving import raise_it, stop_lowering
from edge.lane.machine.settling import refuse, rest
from edge.lane.machine.signals import Cause, LaneEvent, LanePrompt
from edge.lane.machine.state import RESTING, STANDS_OPEN, Credit, LaneState, Phase
from edge.lane.machine.transition import Turn

MOST_WAITING = 8
"""Persons let through and not yet passed; a ninth grant is refused and has to be asked for again."""

MOST_RENEWALS = 20
"""So many impulses keep a barrier open for what is in its way; then it is out of order until a person has
looked."""

FELL_AFTER = 1.0
"""Seconds that a barrier which ought to stand open must be seen shut before it fell: a flicker is no fall."""

ASSURED: frozenset[Cause] = frozenset({Cause.EXIT_REQUEST, Cause.OVERRIDE, Cause.DURESS, Cause.STAFF})
"""What opens whatever a sensor says: somebody wants to get out, or the staff want somebody through."""

_RISES = frozenset({Phase.OPENING, Phase.PROPPED, Phase.OPEN, Phase.OBSTRUCTED, Phase.HELD_OPEN})
_OUGHT_TO_STAND_OPEN = frozenset(
    {Phase.OPEN, Phase.HELD_OPEN, Phase.OBSTRUCTED, Phase.PROPPED, Phase.FIRE, Phase.WARNING}
)


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
    """Open, or stay open for one more."""
    state = turn.state
    if not state.barrier.powered:
        locks.release(turn, cause, reference, assured=cause in ASSURED)
        return
    if state.in_the_swing and state.phase not in STANDS_OPEN - {Phase.HALTED}:
        if state.phase is not Phase.HALTED:
            turn.record(LaneEvent.OBSTRUCTED, by=what_blocks(state))
            turn.prompt(LanePrompt.CLEAR_THE_WAY)
        if cause is Cause.GRANT and state.barrier.halts:
            turn.become(cause=cause)
            turn.enter(Phase.HALTED, state.barrier.held_time)  # it opens once nobody is in the swing
            return
    if state.phase in STANDS_OPEN - {Phase.WARNING, Phase.HALTED}:
        _stay_open_for(turn, cause)
    else:
        turn.opened(cause, reference)
        turn.become(cause=cause, moved=state.door_open, warns=False, fault="")
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


def stop_standing_open(turn: Turn) -> None:
    """A hold or a fire is over: go on as after an ordinary opening; one that never opened is a fault."""
    state, barrier = turn.state, turn.state.barrier
    if not barrier.powered:
        locks.held_no_longer(turn)
    elif not state.seen_shut:
        turn.enter(Phase.OPEN, barrier.open_time)
    elif turn.now < state.raised + barrier.travel:
        turn.enter(Phase.OPENING, state.raised + barrier.travel - turn.now)
    else:
        fault(turn, "did not open")


def on_way(turn: Turn) -> None:
    """Something came into, or left, the way of a powered barrier."""
    state = turn.state
    if not state.barrier.powered:
        return
    if not state.blocked:
        turn.become(clear_since=turn.now)
        way_clears(turn)
        return
    turn.become(clear_since=None, clear_at=None)
    rises = state.phase in _RISES and turn.now < state.raised + state.barrier.travel
    if state.in_the_swing and rises:
        _swings_onto_somebody(turn)
    elif state.phase is Phase.CLOSING or (state.phase is Phase.FAULT and not state.seen_shut):
        reverse(turn)
    else:
        stop_lowering(turn)


def _swings_onto_somebody(turn: Turn) -> None:
    """A leaf that opens meets somebody: it stops where it can; where it cannot, that is said at once."""
    state = turn.state
    turn.record(LaneEvent.OBSTRUCTED, by=what_blocks(state))
    turn.prompt(LanePrompt.CLEAR_THE_WAY)
    if state.barrier.halts:
        turn.impulse(OutputName.RELAY_STOP)
        held = state.phase is Phase.PROPPED
        turn.become(hold_resumes=state.until if held else None, holds=held)
        turn.enter(Phase.HALTED, state.barrier.held_time)


def go_on_opening(turn: Turn) -> None:
    """The swing is clear again: it was let go to open, and does."""
    state = turn.state
    turn.opened(state.cause or Cause.OBSTACLE)
    raise_it(turn)
    if state.holds:
        lasting = None if state.hold_resumes is None else max(0.0, state.hold_resumes - turn.now)
        turn.become(holds=False)
        turn.enter(Phase.PROPPED, lasting)
    else:
        turn.enter(Phase.OPENING, state.barrier.travel)


def on_contact(turn: Turn, opened: bool) -> None:
    """The contact changed: the door or arm left its closed position, or came back to it."""
    turn.become(moved_at=turn.now, still=0, fell_at=None)
    if opened:
        turn.become(moved=True)
        _on_open(turn)
    else:
        _on_shut(turn)


def _on_open(turn: Turn) -> None:
    state, barrier = turn.state, turn.state.barrier
    late = state.phase is Phase.FAULT and turn.now < state.since + barrier.travel + barrier.settle_time
    if late and barrier.powered:
        _open_at_last(turn)
    elif state.phase in RESTING and _unsettled(state, turn.now):
        turn.record(LaneEvent.REOPENED)
        if barrier.powered:
            comes_down(turn)
        else:
            turn.enter(Phase.OPEN, barrier.held_time)
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
        comes_down(turn)
    else:
        turn.enter(Phase.OPEN, barrier.open_time)


def _unsettled(state: LaneState, now: float) -> bool:
    return state.shut_at is not None and now < state.shut_at + state.barrier.settle_time


def _on_shut(turn: Turn) -> None:
    state, barrier = turn.state, turn.state.barrier
    if not barrier.powered:
        if state.phase in {Phase.OPEN, Phase.HELD_OPEN, Phase.FORCED, Phase.FAULT}:
            _let_late_ones_through(turn, locks.door_shut(turn))
    elif state.phase in {Phase.CLOSING, Phase.FORCED, Phase.FAULT}:
        rest(turn)
    elif state.phase in _OUGHT_TO_STAND_OPEN:
        if barrier.drive is Drive.PULSE and state.phase not in {Phase.PROPPED, Phase.FIRE}:
            rest(turn)  # its own controller closes it
        else:
            turn.become(fell_at=max(turn.now + FELL_AFTER, state.raised + barrier.travel))


def fell(turn: Turn) -> None:
    """It ought to stand open, and has been seen shut for too long to be a flicker."""
    state = turn.state
    turn.become(fell_at=None)
    if state.phase in {Phase.FIRE, Phase.PROPPED}:
        turn.record(LaneEvent.FAULT, what="fell shut")
        turn.become(stand_by=turn.now + state.barrier.travel)
        raise_it(turn)
    elif state.phase is Phase.WARNING or (state.phase is Phase.OBSTRUCTED and state.reversals):
        if not state.blocked:
            rest(turn)  # it has shut by itself, or had before it could be turned round
    elif state.phase in _OUGHT_TO_STAND_OPEN:
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
    if state.fire is None:
        turn.record(LaneEvent.PROP_ENDED, by="fault", held_by=state.held_by)
        fault(turn, "did not open")
        return
    if not state.fire.failed:
        turn.record(LaneEvent.FAULT, what="does not open in a fire")
        turn.prompt(LanePrompt.OUT_OF_ORDER)
    raise_it(turn)
    turn.become(stand_by=turn.now + 2.0 * state.barrier.travel, fire=replace(state.fire, failed=True))
