"""Two gates of which only one may be open (a mantrap), tied together by two wires and nothing else.

Each gate tells the other by its `interlock` output that it is shut and does not mean to open; dead, cut or
open it tells nothing, and the other waits. To open, a gate first *claims*: it withdraws its word, and looks
at the other's line again after `interlock_settle`. Where both claim at once the second gives way; a gate that
has just shut waits for two settling times, so that the other has its turn.

The override button, duress, staff at the console and fire open at once; an exit request waits no longer
than `interlock_wait`: people between two gates must be able to leave. Grants are refused then. What
opens while the other gate is not known to be shut opens for nobody else: those who wait go on waiting.
"""

from __future__ import annotations

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
    """Whether it stands open for one more; not without an end, so that the other gate has its turn."""
    if state.phase is Phase.OPENING or (state.phase is Phase.OPEN and state.barrier.powered):
        return now < state.since + state.barrier.open_time
    return state.phase in STANDS_OPEN and state.phase is not Phase.OPEN


def on_other(transition: Transition, shut: bool) -> None:
    """The other gate gave its word that it is shut, or withdrew it."""
    state = transition.state
    if shut:
        claim(transition)
    elif state.claim is not None and state.barrier.interlock is Interlock.SECOND:
        transition.become(claim=None)


def may_open_at(state: LaneState) -> float | None:
    """When a claim will have stood for long enough, if the other gate stays shut."""
    shut_since = state.active.get(InputName.INTERLOCK)
    if state.claim is None or shut_since is None:
        return None
    return max(state.claim, shut_since) + state.barrier.interlock_settle


def open_claimed(transition: Transition) -> None:
    """It is this gate's turn: one of those who wait is let through, and no more on one opening."""
    first, *others = transition.state.waiting
    transition.become(waiting=tuple(others), claim=None)
    let_through(transition, first.credit)


def give_up(transition: Transition) -> None:
    """Those who have waited for too long: a grant is refused, an exit is opened."""
    state = transition.state
    over = tuple(waits.credit for waits in state.waiting if waits.until <= transition.now)
    rest = tuple(waits for waits in state.waiting if waits.until > transition.now)
    transition.become(waiting=rest, claim=state.claim if rest else None)
    for credit in over:
        if credit.cause is Cause.EXIT_REQUEST:
            let_through(transition, credit)
        else:
            refuse(transition, credit, "interlock")
            transition.prompt(LanePrompt.OTHER_GATE)


def refuse_waiting(transition: Transition) -> None:
    """The lane is locked down: those who wait by a grant are refused."""
    granted = tuple(waits for waits in transition.state.waiting if waits.credit.cause is Cause.GRANT)
    rest = tuple(waits for waits in transition.state.waiting if waits not in granted)
    transition.become(waiting=rest, claim=transition.state.claim if rest else None)
    for waits in granted:
        refuse(transition, waits.credit, "locked")


def may_claim_at(state: LaneState) -> float | None:
    """When this gate may claim, if the other stays shut; one that has just shut lets the other go first."""
    if not state.waiting or state.claim is not None or InputName.INTERLOCK not in state.active:
        return None
    if state.phase in STANDS_OPEN or state.phase is Phase.CLOSING:
        return None
    return state.since + 2.0 * state.barrier.interlock_settle


def claim(transition: Transition) -> None:
    """Withdraw the word that this gate is shut, where somebody waits and it is this gate's turn."""
    time = may_claim_at(transition.state)
    if time is not None and time <= transition.now:
        transition.become(claim=transition.now)
