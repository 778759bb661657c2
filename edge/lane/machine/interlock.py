"""Lets only one of two gates open (a mantrap); they are tied together by two wires and nothing else.

Each gate shows the other by its `interlock` output that it is shut and will stay so; while it is dead, cut or
open, its line is inactive and the other waits. To open, a gate first *claims*: it drops its own line, and
reads the other's again after `interlock_settle`. Where both claim at once the second gives way; a gate that
has just shut waits for two settling times, so that the other can go first.

The override button, duress, staff at the console and fire open at once; an exit request waits no longer
than `interlock_wait`: people between two gates must be able to leave. Grants are refused then. What
opens while the other gate is not known to be shut opens for nobody else: the others go on waiting.
"""

from __future__ import annotations

from msgspec.structs import replace

from edge.boards.format import InputName, Interlock
from edge.lane.machine.motion import let_through
from edge.lane.machine.settling import refuse
from edge.lane.machine.signals import Cause, LanePrompt
from edge.lane.machine.state import RESTING, STANDS_OPEN, Credit, LaneState, Phase, WaitingPerson
from edge.lane.machine.transition import Transition


def request_opening(transition: Transition, credit: Credit) -> None:
    """Let one person through once the other gate is shut; at once where there is no other gate."""
    state = transition.state
    barrier = state.barrier
    leaves = credit.cause is Cause.EXIT_REQUEST
    may_join = InputName.INTERLOCK in state.active or leaves
    if barrier.interlock is Interlock.NONE or (may_join and _holds_the_right(state, transition.now)):
        let_through(transition, credit)
        return
    if leaves and any(waits.credit.cause is Cause.EXIT_REQUEST for waits in state.waiting):
        transition.prompt(LanePrompt.OTHER_GATE)  # pressed again: the first press's time counts
        return
    if state.phase not in RESTING or InputName.INTERLOCK not in state.active:
        transition.prompt(LanePrompt.OTHER_GATE)
    transition.become(
        waiting=(*state.waiting, WaitingPerson(credit, transition.now + barrier.interlock_wait))
    )
    claim(transition)


def _holds_the_right(state: LaneState, now: float) -> bool:
    """Whether one more may join this opening; only for a while, so that the other gate gets to open."""
    if state.phase is Phase.OPENING or (state.phase is Phase.OPEN and state.barrier.powered):
        return now < state.since + state.barrier.open_time
    return state.phase in STANDS_OPEN and state.phase is not Phase.OPEN


def on_other(transition: Transition, shut: bool) -> None:
    """Handle a change of the other gate's line: active while that gate is shut and will stay so."""
    state = transition.state
    if shut:
        claim(transition)
    elif state.claim is not None and state.barrier.interlock is Interlock.SECOND:
        transition.become(claim=None)


def may_open_at(state: LaneState) -> float | None:
    """When a claim will have stood for long enough (monotonic seconds); None: there is no claim."""
    shut_since = state.active.get(InputName.INTERLOCK)
    if state.claim is None or shut_since is None:
        return None
    return max(state.claim, shut_since) + state.barrier.interlock_settle


def open_claimed(transition: Transition) -> None:
    """Let the first of those who wait through: one person an opening."""
    first, *others = transition.state.waiting
    transition.become(waiting=tuple(others), claim=None)
    let_through(transition, first.credit)


def give_up(transition: Transition) -> None:
    """Settle those who have waited for too long: refuse a grant, open for an exit request."""
    state = transition.state
    over = tuple(waits for waits in state.waiting if waits.until <= transition.now)
    rest = tuple(waits for waits in state.waiting if waits.until > transition.now)
    transition.become(waiting=rest, claim=state.claim if rest else None)
    for waits in over:
        if waits.credit.cause is Cause.EXIT_REQUEST:
            let_through(transition, waits.credit)
        else:
            refuse(
                transition, waits.credit, "interlock" if _stayed_shut(transition, waits) else "interlock_open"
            )
            transition.prompt(LanePrompt.OTHER_GATE)


def note_open(transition: Transition) -> None:
    """Note of those who wait that the gate stands open: they may go through, whatever becomes of them."""
    state = transition.state
    if not state.is_shut and not all(waits.opened for waits in state.waiting):
        transition.become(waiting=tuple(replace(waits, opened=True) for waits in state.waiting))


def _stayed_shut(transition: Transition, waits: WaitingPerson) -> bool:
    return transition.state.is_shut and not waits.opened


def refuse_waiting(transition: Transition) -> None:
    """Refuse those who wait to be let in by a grant, as the lane is locked down."""
    granted = tuple(waits for waits in transition.state.waiting if waits.credit.kept_out)
    rest = tuple(waits for waits in transition.state.waiting if waits not in granted)
    transition.become(waiting=rest, claim=transition.state.claim if rest else None)
    for waits in granted:
        refuse(transition, waits.credit, "locked" if _stayed_shut(transition, waits) else "locked_again")


def may_claim_at(state: LaneState) -> float | None:
    """When this gate may claim (monotonic seconds) if the other stays shut; None: not by time."""
    if not state.waiting or state.claim is not None or InputName.INTERLOCK not in state.active:
        return None
    if state.phase in STANDS_OPEN or state.phase is Phase.CLOSING:
        return None
    return state.since + 2.0 * state.barrier.interlock_settle


def claim(transition: Transition) -> None:
    """Claim the right to open, if somebody waits and this gate may."""
    time = may_claim_at(transition.state)
    if time is not None and time <= transition.now:
        transition.become(claim=transition.now)
