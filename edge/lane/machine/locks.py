"""Releases a lock, and secures it again.

A lock moves nothing: it lets go, and a person moves the door. Anyone who wants to get out, and anyone whom
the staff let through, has it released for the whole of `open_time`, whatever the door's contact says: its
wire may be cut, its magnet lost, its level flickering. A grant's release ends once the door stands open, so
that the door locks when it falls shut.
"""

from __future__ import annotations

from math import inf

from msgspec.structs import replace

from edge.boards.format import Drive
from edge.journal.format import LaneDiagnosis
from edge.lane.machine.driving import raise_it
from edge.lane.machine.settling import refuse, rest, settle, settle_one
from edge.lane.machine.signals import Cause
from edge.lane.machine.state import Credit, LaneState, LockRelease, Phase
from edge.lane.machine.transition import Transition

MOST_STILL = 4
"""After this many releases in a row without the door's contact moving, the lane records a diagnosis."""

SECURES_AFTER = 0.5
"""Seconds that a door must stand open before a grant's release ends; less is a flicker of its contact."""

_DOOR_OPEN = frozenset({Phase.OPEN, Phase.HELD_TOO_LONG, Phase.FORCED})


def late(transition: Transition, credit: Credit) -> Credit:
    """The credit, marked if the door stands open already: the lock is released again once it has shut."""
    state = transition.state
    if state.barrier.powered or state.phase not in _DOOR_OPEN:
        return credit
    return replace(credit, late=transition.now + state.barrier.open_time)


def release(transition: Transition, cause: Cause, reference: str, *, assured: bool) -> None:
    """Release the lock for `open_time` from now, in every phase and whatever any sensor says."""
    state, barrier = transition.state, transition.state.barrier
    held = state.phase in {Phase.HELD_OPEN_BY_STAFF, Phase.FIRE}
    if barrier.drive is Drive.PULSE:
        if state.impulse is None or assured:
            if not held and state.phase is not Phase.OPENING:
                transition.opened(cause, reference)
            raise_it(transition)
    else:
        if state.release is None and not held:
            transition.opened(cause, reference)
            transition.become(raised=transition.now)
        assured = assured or (state.release is not None and state.release.assured)
        transition.become(release=LockRelease(transition.now + barrier.open_time, assured))
    if held or state.phase in _DOOR_OPEN:
        return
    transition.become(cause=cause, fault="")
    if state.door_open:
        transition.enter(Phase.OPEN, barrier.held_time)
    elif state.phase is Phase.OPENING:
        transition.become(until=transition.now + barrier.open_time)
    else:
        transition.become(moved=False)
        transition.enter(Phase.OPENING, barrier.open_time)


def door_opened(transition: Transition) -> None:
    """Handle the door opening."""
    released = transition.state.release
    if released is not None and not released.assured:
        transition.become(release=replace(released, secure_at=transition.now + SECURES_AFTER))
    transition.enter(Phase.OPEN, transition.state.barrier.held_time)


def door_shut(transition: Transition) -> tuple[Credit, ...]:
    """End the opening as the door fell shut, unless it is still released. Returns the credits given while it
    stood open and not used yet, for the caller to let through again.
    """
    now, released = transition.now, transition.state.release
    if released is not None and released.secure_at < inf:
        transition.become(release=replace(released, secure_at=inf))
        transition.enter(Phase.OPENING, released.until - now)
        return ()
    pulsed_until = transition.state.raised + transition.state.barrier.open_time
    if (
        transition.state.barrier.drive is Drive.PULSE
        and now < pulsed_until
        and transition.state.phase is not Phase.FORCED
    ):
        transition.enter(
            Phase.OPENING, pulsed_until - now
        )  # its own timer still releases it: a rattle is not a passage
        return ()
    yet = tuple(
        credit for credit in transition.state.credits if credit.late is not None and now < credit.late
    )
    transition.become(credits=tuple(credit for credit in transition.state.credits if credit not in yet))
    if released is None:
        rest(transition)
    else:
        settle(transition)
        transition.enter(Phase.OPENING, released.until - now)
    return yet


def held_no_longer(transition: Transition) -> None:
    """A hold or a fire is over; for a press just before, the lock stays released for all of its time."""
    state = transition.state
    if state.door_open:
        forced = state.break_in is not None
        transition.enter(*((Phase.FORCED,) if forced else (Phase.OPEN, state.barrier.held_time)))
    elif state.release is None:
        rest(transition)
    else:
        transition.enter(Phase.OPENING, state.release.over_at - transition.now)


def released_for_long_enough(transition: Transition) -> None:
    """Secure the lock again. Where no sensor sees who passed, settle the credits with it."""
    state = transition.state
    transition.become(release=None)
    if state.phase not in {Phase.HELD_OPEN_BY_STAFF, Phase.FIRE}:
        notice_stillness(transition, state.raised)
    if state.phase in {Phase.HELD_TOO_LONG, Phase.FORCED}:
        settle(transition)


def late_over_at(state: LaneState) -> float | None:
    """When the first credit given while the door stood open runs out; None: there is none."""
    sees = state.counts and state.phase is Phase.OPEN  # the beams tell, as long as the door may be open
    if state.barrier.powered or state.phase not in _DOOR_OPEN or sees:
        return None
    return min((credit.late for credit in state.credits if credit.late is not None), default=None)


def settle_late_comers(transition: Transition) -> None:
    """Settle the credits that ran out while the door stood open."""
    over = tuple(
        credit
        for credit in transition.state.credits
        if credit.late is not None and credit.late <= transition.now
    )
    for credit in over:
        settle_one(transition, credit)
    transition.become(credits=tuple(credit for credit in transition.state.credits if credit not in over))
    if transition.state.barrier.drive is Drive.PULSE:
        notice_stillness(transition, transition.state.raised)


def notice_stillness(transition: Transition, since: float) -> None:
    """Count a release that began at `since` and that the contact did not notice; record a diagnosis."""
    state = transition.state
    if not state.has_contact or state.moved_at >= since:
        return
    transition.become(still=state.still + 1)
    if transition.state.still == MOST_STILL:
        reads = "open" if state.door_open else "shut"
        transition.record(
            LaneDiagnosis(
                what=f"the contact read {reads} through {MOST_STILL} releases: "
                + (
                    "its wire is cut or its magnet gone"
                    if state.door_open
                    else "the lock, or the contact, sticks"
                )
            )
        )


def secure(transition: Transition) -> None:
    """End a grant's release for a lockdown, but who leaves'; refuse its person at once, or when an open door
    has shut.
    """
    released = transition.state.release
    if (
        released is None
        or released.assured
        or any(credit.cause is Cause.GRANT and not credit.kept_out for credit in transition.state.credits)
        or transition.state.phase in {Phase.HELD_OPEN_BY_STAFF, Phase.FIRE}
    ):
        return
    transition.become(release=None)
    if transition.state.phase is Phase.OPENING:
        granted = tuple(credit for credit in transition.state.credits if credit.kept_out)
        transition.become(
            credits=tuple(credit for credit in transition.state.credits if credit not in granted)
        )
        for credit in granted:
            refuse(transition, credit, "locked_again")  # it was released for them: they may have gone through
        rest(transition)
