"""Opens the lane, and follows its contact and its sensors: powered barriers here and in
`edge.lane.machine.closing`, locks in `edge.lane.machine.locks`.
"""

from __future__ import annotations

from msgspec.structs import replace

from edge.boards.format import Drive, OutputName
from edge.journal.format import LaneFault, LaneForced, LaneHoldEnded, LaneObstructed, LaneReopened
from edge.lane.machine import locks
from edge.lane.machine.closing import comes_down, fault, put_out_of_order, reverse, way_clears, what_blocks
from edge.lane.machine.driving import raise_it, stop_lowering
from edge.lane.machine.settling import refuse, rest
from edge.lane.machine.signals import Cause, LanePrompt
from edge.lane.machine.state import RESTING, STANDS_OPEN, Credit, LaneState, Phase
from edge.lane.machine.transition import Transition

MOST_WAITING = 8
"""Persons let through and not yet passed, at most; a further grant is refused and must be asked for again."""

MOST_RENEWALS = 20
"""After this many impulses that keep a barrier open for what is in its way, it is out of order until a person
resets it."""

FELL_AFTER = 1.0
"""Seconds that an open barrier must read as shut before it counts as fallen; less is a flicker."""

ASSURED: frozenset[Cause] = frozenset({Cause.EXIT_REQUEST, Cause.OVERRIDE, Cause.DURESS, Cause.STAFF})
"""Causes that open whatever a sensor says: somebody wants to get out, or the staff let somebody in."""

_RISES = frozenset(
    {Phase.OPENING, Phase.HELD_OPEN_BY_STAFF, Phase.OPEN, Phase.OBSTRUCTED, Phase.HELD_TOO_LONG}
)
_OUGHT_TO_STAND_OPEN = frozenset(
    {Phase.OPEN, Phase.HELD_TOO_LONG, Phase.OBSTRUCTED, Phase.HELD_OPEN_BY_STAFF, Phase.FIRE, Phase.WARNING}
)


def waiting(state: LaneState) -> int:
    """How many people were let through, or wait for the other gate, and have not passed yet."""
    return len(state.credits) + len(state.waiting)


def let_through(transition: Transition, credit: Credit) -> None:
    """Add a credit for one person, and open for them."""
    state = transition.state
    if waiting(state) < MOST_WAITING and not _pressed_again(state, credit):
        transition.become(credits=(*state.credits, locks.late(transition, credit)))
    open_for(transition, credit.cause, credit.reference)


def _pressed_again(state: LaneState, credit: Credit) -> bool:
    """Whether this is a repeated press: without beams, impatient presses do not count as more people."""
    known = any(other.cause is credit.cause for other in state.credits)
    return known and credit.cause is not Cause.GRANT and not state.counts


def open_for(transition: Transition, cause: Cause, reference: str = "") -> None:
    """Open, or stay open for one person more."""
    state = transition.state
    if not state.barrier.powered:
        locks.release(transition, cause, reference, assured=cause in ASSURED)
        return
    if state.in_the_swing and state.phase not in STANDS_OPEN - {Phase.HALTED}:
        if state.phase is not Phase.HALTED:
            transition.record(LaneObstructed(by=what_blocks(state)))
            transition.prompt(LanePrompt.CLEAR_THE_WAY)
        if cause is Cause.GRANT and state.barrier.halts:
            transition.become(cause=cause)
            transition.enter(Phase.HALTED, state.barrier.held_time)  # it opens once nobody is in the swing
            return
    if state.phase in STANDS_OPEN - {Phase.WARNING, Phase.HALTED}:
        _stay_open_for(transition, cause)
    else:
        transition.opened(cause, reference)
        transition.become(cause=cause, moved=state.door_open, warns=False, fault="")
        raise_it(transition)
        transition.enter(Phase.OPENING, state.barrier.travel)


def _stay_open_for(transition: Transition, cause: Cause) -> None:
    """Stay open for one person more."""
    state = transition.state
    barrier = state.barrier
    if state.phase is Phase.OBSTRUCTED:
        transition.enter(Phase.OPEN, barrier.open_time)
    elif state.phase is Phase.OPEN:
        transition.become(until=transition.now + barrier.open_time)
    elif cause not in ASSURED:
        return
    if barrier.drive is Drive.PULSE or (cause in ASSURED and state.impulse is None):
        # It should be open already; another impulse does no harm, and the sensors may be wrong.
        raise_it(transition)


def renew(transition: Transition) -> None:
    """Repeat the impulse for a barrier that closes by itself; a limited number of times for an obstacle."""
    state = transition.state
    if state.phase in {Phase.HELD_OPEN_BY_STAFF, Phase.FIRE}:
        raise_it(transition)
    elif state.renewals < MOST_RENEWALS:
        transition.become(renewals=state.renewals + 1)
        raise_it(transition)
    else:
        put_out_of_order(transition, f"kept open by {MOST_RENEWALS} impulses for {what_blocks(state)}")


def stop_standing_open(transition: Transition) -> None:
    """Go on as after an ordinary opening, as a hold or a fire is over; one that never opened is a fault."""
    state, barrier = transition.state, transition.state.barrier
    if not barrier.powered:
        locks.held_no_longer(transition)
    elif not state.seen_shut:
        transition.enter(Phase.OPEN, barrier.open_time)
    elif transition.now < state.raised + barrier.travel:
        transition.enter(Phase.OPENING, state.raised + barrier.travel - transition.now)
    else:
        fault(transition, "did not open")


def on_way(transition: Transition) -> None:
    """Handle something that came into, or left, the way of a powered barrier."""
    state = transition.state
    if not state.barrier.powered:
        return
    if not state.blocked:
        transition.become(clear_since=transition.now)
        way_clears(transition)
        return
    transition.become(clear_since=None, clear_at=None)
    rises = state.phase in _RISES and transition.now < state.raised + state.barrier.travel
    if state.in_the_swing and rises:
        _swings_onto_somebody(transition)
    elif state.phase is Phase.CLOSING or (state.phase is Phase.FAULT and not state.seen_shut):
        reverse(transition)
    else:
        stop_lowering(transition)


def _swings_onto_somebody(transition: Transition) -> None:
    """Stop a leaf that opens onto somebody, if it can be stopped; prompt them to clear the way."""
    state = transition.state
    transition.record(LaneObstructed(by=what_blocks(state)))
    transition.prompt(LanePrompt.CLEAR_THE_WAY)
    if state.barrier.halts:
        transition.impulse(OutputName.RELAY_STOP)
        held = state.phase is Phase.HELD_OPEN_BY_STAFF
        transition.become(hold_resumes=state.until if held else None, holds=held)
        transition.enter(Phase.HALTED, state.barrier.held_time)


def go_on_opening(transition: Transition) -> None:
    """Go on opening, as the swing is clear again."""
    state = transition.state
    transition.opened(state.cause or Cause.OBSTACLE)
    raise_it(transition)
    if state.holds:
        lasting = None if state.hold_resumes is None else max(0.0, state.hold_resumes - transition.now)
        transition.become(holds=False)
        transition.enter(Phase.HELD_OPEN_BY_STAFF, lasting)
    else:
        transition.enter(Phase.OPENING, state.barrier.travel)


def on_contact(transition: Transition, opened: bool) -> None:
    """Handle the contact: the door or arm left its closed position, or came back to it."""
    transition.become(moved_at=transition.now, still=0, fell_at=None)
    if opened:
        transition.become(moved=True)
        _on_open(transition)
    else:
        _on_shut(transition)


def _on_open(transition: Transition) -> None:
    state, barrier = transition.state, transition.state.barrier
    late = state.phase is Phase.FAULT and transition.now < state.since + barrier.travel + barrier.settle_time
    if late and barrier.powered:
        _open_at_last(transition)
    elif state.phase in RESTING and _unsettled(state, transition.now):
        transition.record(LaneReopened())
        if barrier.powered:
            comes_down(transition)
        else:
            transition.enter(Phase.OPEN, barrier.held_time)
    elif state.phase in RESTING or state.phase is Phase.FAULT:
        transition.record(LaneForced())
        transition.become(break_in=transition.now, fault="")
        transition.enter(Phase.FORCED)
    elif state.phase is Phase.OPENING and not barrier.powered:
        locks.door_opened(transition)
    elif state.stand_by is not None:
        latch = state.fire
        transition.become(stand_by=None, fire=None if latch is None else replace(latch, failed=False))


def _open_at_last(transition: Transition) -> None:
    """Handle a barrier that opened late, after its fault; one that is held open by its relay closes again."""
    barrier = transition.state.barrier
    transition.become(fault="")
    if barrier.drive is Drive.HOLD:
        comes_down(transition)
    else:
        transition.enter(Phase.OPEN, barrier.open_time)


def _unsettled(state: LaneState, now: float) -> bool:
    return state.shut_at is not None and now < state.shut_at + state.barrier.settle_time


def _on_shut(transition: Transition) -> None:
    state, barrier = transition.state, transition.state.barrier
    if not barrier.powered:
        if state.phase in {Phase.OPEN, Phase.HELD_TOO_LONG, Phase.FORCED, Phase.FAULT}:
            _let_late_ones_through(transition, locks.door_shut(transition))
    elif state.phase in {Phase.CLOSING, Phase.FORCED, Phase.FAULT}:
        rest(transition)
    elif state.phase in _OUGHT_TO_STAND_OPEN:
        if barrier.drive is Drive.PULSE and state.phase not in {Phase.HELD_OPEN_BY_STAFF, Phase.FIRE}:
            rest(transition)  # its own controller closes it
        else:
            transition.become(fell_at=max(transition.now + FELL_AFTER, state.raised + barrier.travel))


def fell(transition: Transition) -> None:
    """Handle a barrier that should stand open and has read as shut for too long to be a flicker."""
    state = transition.state
    transition.become(fell_at=None)
    if state.phase in {Phase.FIRE, Phase.HELD_OPEN_BY_STAFF}:
        transition.record(LaneFault(what="fell shut"))
        transition.become(stand_by=transition.now + state.barrier.travel)
        raise_it(transition)
    elif state.phase is Phase.WARNING or (state.phase is Phase.OBSTRUCTED and state.reversals):
        if not state.blocked:
            rest(transition)  # it has shut by itself, or had before it could be turned round
    elif state.phase in _OUGHT_TO_STAND_OPEN:
        fault(transition, "fell shut")


def _let_late_ones_through(transition: Transition, late: tuple[Credit, ...]) -> None:
    for credit in late:
        if transition.state.lockdown and credit.kept_out:
            refuse(transition, credit, "locked_again")  # the door stood open when they came
        else:
            let_through(transition, replace(credit, late=None))


def stand_by_missed(transition: Transition) -> None:
    """Handle a barrier that should stand open by now, for the staff or in a fire, and does not."""
    state = transition.state
    if state.fire is None:
        transition.record(LaneHoldEnded(by="fault", held_by=state.held_by))
        fault(transition, "did not open")
        return
    if not state.fire.failed:
        transition.record(LaneFault(what="does not open in a fire"))
        transition.prompt(LanePrompt.OUT_OF_ORDER)
    raise_it(transition)
    transition.become(
        stand_by=transition.now + 2.0 * state.barrier.travel, fire=replace(state.fire, failed=True)
    )
