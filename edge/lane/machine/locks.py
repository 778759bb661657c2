"""How a lock is released, and when it secures itself again.

A lock moves nothing: it lets go, and a person moves the door. Anyone who wants to get out, and anyone whom
the staff let through, has it released for the whole of `open_time`, whatever the door's contact says: its
wire may be cut, its magnet lost, its level flickering. A grant's release ends once the door stands open, so
that the door locks when it falls shut.
"""

from __future__ import annotations

from math import inf

from msgspec.structs import replace

from edge.boards.format.kinds import Drive
from edge.lane.machine.driving import raise_it
from edge.lane.machine.settling import refuse, rest, settle, settle_one
from edge.lane.machine.signals import Cause, LaneEvent
from edge.lane.machine.state import Credit, LaneState, LockRelease, Phase
from edge.lane.machine.transition import Turn

MOST_STILL = 4
"""So many releases in a row that the door's contact does not notice are a diagnosis."""

SECURES_AFTER = 0.5
"""Seconds that a door must stand open before a grant's release ends: a flicker is no open door."""

_DOOR_OPEN = frozenset({Phase.OPEN, Phase.HELD_OPEN, Phase.FORCED})


def late(turn: Turn, credit: Credit) -> Credit:
    """The credit, marked where its door stands open already: it is released again once that has shut."""
    state = turn.state
    if state.barrier.powered or state.phase not in _DOOR_OPEN:
        return credit
    return replace(credit, late=turn.now + state.barrier.open_time)


def release(turn: Turn, cause: Cause, reference: str, *, assured: bool) -> None:
    """Let go for `open_time` from now, in every phase and whatever any sensor says."""
    state, barrier = turn.state, turn.state.barrier
    held = state.phase in {Phase.PROPPED, Phase.FIRE}
    if barrier.drive is Drive.PULSE:
        if state.impulse is None or assured:
            if not held and state.phase is not Phase.OPENING:
                turn.opened(cause, reference)
            raise_it(turn)
    else:
        if state.release is None and not held:
            turn.opened(cause, reference)
            turn.become(raised=turn.now)
        assured = assured or (state.release is not None and state.release.assured)
        turn.become(release=LockRelease(turn.now + barrier.open_time, assured))
    if held or state.phase in _DOOR_OPEN:
        return
    turn.become(cause=cause, fault="")
    if state.door_open:
        turn.enter(Phase.OPEN, barrier.held_time)
    elif state.phase is Phase.OPENING:
        turn.become(until=turn.now + barrier.open_time)
    else:
        turn.become(moved=False)
        turn.enter(Phase.OPENING, barrier.open_time)


def door_opened(turn: Turn) -> None:
    """The person moved the door."""
    released = turn.state.release
    if released is not None and not released.assured:
        turn.become(release=replace(released, secure_at=turn.now + SECURES_AFTER))
    turn.enter(Phase.OPEN, turn.state.barrier.held_time)


def door_shut(turn: Turn) -> tuple[Credit, ...]:
    """The door fell shut: over, unless it is still released; those who were let through while it stood open
    and have not passed, for the caller to let through again.
    """
    now, released = turn.now, turn.state.release
    if released is not None and released.secure_at < inf:
        turn.become(release=replace(released, secure_at=inf))
        turn.enter(Phase.OPENING, released.until - now)
        return ()
    pulsed_until = turn.state.raised + turn.state.barrier.open_time
    if (
        turn.state.barrier.drive is Drive.PULSE
        and now < pulsed_until
        and turn.state.phase is not Phase.FORCED
    ):
        turn.enter(Phase.OPENING, pulsed_until - now)  # its own timer still lets go: a rattle is no passage
        return ()
    yet = tuple(credit for credit in turn.state.credits if credit.late is not None and now < credit.late)
    turn.become(credits=tuple(credit for credit in turn.state.credits if credit not in yet))
    if released is None:
        rest(turn)
    else:
        settle(turn)
        turn.enter(Phase.OPENING, released.until - now)
    return yet


def held_no_longer(turn: Turn) -> None:
    """A hold or a fire is over; whoever pressed just before has the lock let go for all of their time."""
    state = turn.state
    if state.door_open:
        forced = state.break_in is not None
        turn.enter(*((Phase.FORCED,) if forced else (Phase.OPEN, state.barrier.held_time)))
    elif state.release is None:
        rest(turn)
    else:
        turn.enter(Phase.OPENING, state.release.over_at - turn.now)


def released_for_long_enough(turn: Turn) -> None:
    """The lock holds again. Where nobody can see who passed, those let through are settled with it."""
    state = turn.state
    turn.become(release=None)
    if state.phase not in {Phase.PROPPED, Phase.FIRE}:
        notice_stillness(turn, state.raised)
    if state.phase in {Phase.HELD_OPEN, Phase.FORCED}:
        settle(turn)


def late_over_at(state: LaneState) -> float | None:
    """When somebody who was let through while the door stood open does not come any more."""
    sees = state.counts and state.phase is Phase.OPEN  # the beams tell, as long as the door may be open
    if state.barrier.powered or state.phase not in _DOOR_OPEN or sees:
        return None
    return min((credit.late for credit in state.credits if credit.late is not None), default=None)


def settle_late_comers(turn: Turn) -> None:
    """What became of them is told: no door that stands open for ever keeps anyone waiting."""
    over = tuple(
        credit for credit in turn.state.credits if credit.late is not None and credit.late <= turn.now
    )
    for credit in over:
        settle_one(turn, credit)
    turn.become(credits=tuple(credit for credit in turn.state.credits if credit not in over))
    if turn.state.barrier.drive is Drive.PULSE:
        notice_stillness(turn, turn.state.raised)


def notice_stillness(turn: Turn, since: float) -> None:
    """A release that began at `since` is over: did the contact notice anything?"""
    state = turn.state
    if not state.has_contact or state.moved_at >= since:
        return
    turn.become(still=state.still + 1)
    if turn.state.still == MOST_STILL:
        reads = "open" if state.door_open else "shut"
        turn.record(
            LaneEvent.DIAGNOSIS,
            what=f"the contact read {reads} through {MOST_STILL} releases: "
            + (
                "its wire is cut or its magnet gone"
                if state.door_open
                else "the lock, or the contact, sticks"
            ),
        )


def secure(turn: Turn) -> None:
    """A lockdown: a grant's release ends; its person is refused, at once or when an open door has shut."""
    released = turn.state.release
    if released is None or released.assured or turn.state.phase in {Phase.PROPPED, Phase.FIRE}:
        return
    turn.become(release=None)
    if turn.state.phase is Phase.OPENING:
        granted = tuple(credit for credit in turn.state.credits if credit.cause is Cause.GRANT)
        turn.become(credits=tuple(credit for credit in turn.state.credits if credit not in granted))
        for credit in granted:
            refuse(turn, credit, "locked")
        rest(turn)
