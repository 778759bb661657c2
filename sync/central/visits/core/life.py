"""The life of a visit: a state machine over what was said, what gates wrote, and the time.

    invited ── enters ──> arrived ── goes out, or is said to have left ──> left ── enters ──> arrived
       │ ╲                   │
       │  cancelled          └── its end passes ──> overstayed ── goes out ──> left
       └── its end passes ──> no show ── enters ──> overstayed

Reports of gates come late and in any order, so the state is never kept: it is computed from all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class VisitState(StrEnum):
    """How far a visit has come; in the order in which a list of visits needs somebody."""

    OVERSTAYED = "overstayed"
    ARRIVED = "arrived"
    INVITED = "invited"
    NO_SHOW = "no_show"
    LEFT = "left"
    CANCELLED = "cancelled"


class VisitEvent(StrEnum):
    """What can happen to a visit."""

    CANCELLED = "cancelled"  # said by somebody
    SAID_LEFT = "said_left"  # seen to be gone, by no gate
    ENTERED = "entered"  # a gate let them in
    WENT_OUT = "went_out"  # a gate let them out


@dataclass(frozen=True, order=True)
class Happened:
    """Something that happened to a visit at a time (microseconds since 1970 UTC)."""

    at: int
    what: VisitEvent


@dataclass(frozen=True)
class VisitLife:
    """A visit's state with its times: `came_at` of the first entry, `went_at` of the last way out."""

    state: VisitState
    came_at: int | None = None
    went_at: int | None = None


# What each happening makes of what is so far; what is not here changes nothing. Who enters is inside, even
# after a cancellation that no gate knew of: a page that denied it would be wrong about a person.
_STEPS = {
    (VisitState.INVITED, VisitEvent.CANCELLED): VisitState.CANCELLED,
    (VisitState.INVITED, VisitEvent.ENTERED): VisitState.ARRIVED,
    (VisitState.INVITED, VisitEvent.WENT_OUT): VisitState.LEFT,  # whatever let them in was not written
    (VisitState.CANCELLED, VisitEvent.ENTERED): VisitState.ARRIVED,
    (VisitState.CANCELLED, VisitEvent.WENT_OUT): VisitState.LEFT,
    (VisitState.ARRIVED, VisitEvent.WENT_OUT): VisitState.LEFT,
    (VisitState.ARRIVED, VisitEvent.SAID_LEFT): VisitState.LEFT,
    (VisitState.LEFT, VisitEvent.ENTERED): VisitState.ARRIVED,
}

_AFTER_ITS_END = {VisitState.INVITED: VisitState.NO_SHOW, VisitState.ARRIVED: VisitState.OVERSTAYED}


def life_of(until: int, happened: Iterable[Happened], now: int) -> VisitLife:
    """How far a visit that ends at `until` (exclusive) has come by `now`."""
    state, came_at, went_at = VisitState.INVITED, None, None
    for each in sorted(happened):
        if each.at > now:
            break
        state = _STEPS.get((state, each.what), state)
        if each.what is VisitEvent.ENTERED and came_at is None:
            came_at = each.at
        if state is VisitState.LEFT and each.what in {VisitEvent.WENT_OUT, VisitEvent.SAID_LEFT}:
            went_at = each.at
    if now >= until:
        state = _AFTER_ITS_END.get(state, state)
    return VisitLife(
        state, came_at, None if state in {VisitState.ARRIVED, VisitState.OVERSTAYED} else went_at
    )


def may_be_cancelled(state: VisitState) -> bool:
    """Whether a visit can be cancelled: while nobody has come."""
    return state is VisitState.INVITED


def may_be_said_left(state: VisitState) -> bool:
    """Whether staff can say that the visitor is gone: while they count as inside."""
    return state in {VisitState.ARRIVED, VisitState.OVERSTAYED}
