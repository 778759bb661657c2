"""Says which changes one person may make alone, and which wait for a second one. PURE.

One registrar who may set the status of a whole street is a danger to it. What counts is not the single
request but how many people were changed alone within the window, by anybody: a large change that is cut into
small ones is as large.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from edge.decision import Subject
from sync.central.changes.core.change import Change, EraseSubject, PutPolicy, RevokeSubject, subject_of
from sync.central.changes.core.outcomes import ChangesOutcome, restricts
from sync.central.configuration import ChangesSection


class Alone(StrEnum):
    """What was done to a person by one person alone."""

    CHANGED = "changed"
    ERASED = "erased"
    REVOKED = "revoked"  # alone, in an emergency


class WaitsFor(StrEnum):
    """Why a change waits."""

    POLICY = "policy"
    SHARE = "share"
    ERASURES = "erasures"
    REVOCATIONS = "revocations"


@dataclass(frozen=True)
class WaitingGround:
    """Why changes at `site` wait: `count` people within the window, where one person alone may change `bound`
    of the `people` there; zeros for a policy.
    """

    site: str
    why: WaitsFor
    count: int = 0
    bound: int = 0
    people: int = 0


@dataclass(frozen=True)
class Counted:
    """What a site's limits are counted on: the `people` it has, to whom something was done alone within the
    window, by the marks of `mark_of`, and how many of the people are `fresh`: put down within the window.

    The share is one of those who were there before: or a list of invented people would make it larger.
    """

    people: int = 0
    alone: Mapping[Alone, frozenset[bytes]] = field(default_factory=dict)
    fresh: int = 0

    def of(self, what: Alone) -> frozenset[bytes]:
        return self.alone.get(what, frozenset())


def mark_of(site: str, subject: str) -> bytes:
    """What stands for a person among those who were counted; it outlives an erasure for the window only."""
    return hashlib.sha256(f"{site}\0{subject}".encode()).digest()[:16]


def bound_of(limits: ChangesSection, people: int) -> int:
    """How many of a site's `people`, who were there before, one person may change alone within the window."""
    return max(limits.people, int(limits.share * people))


def done_alone(
    site: str, changes: Sequence[Change], held: Mapping[str, Subject], made: ChangesOutcome
) -> dict[Alone, frozenset[bytes]]:
    """To whom the changes do what, if one person makes them alone."""
    if is_emergency(changes):
        return {Alone.REVOKED: frozenset({mark_of(site, subject_of(changes[0]))})}
    erased = {subject_of(item) for item in changes if isinstance(item, EraseSubject | RevokeSubject)}
    touched = {name for name in held if restricts(held[name], made.after(name, held[name]))}
    return {
        Alone.CHANGED: frozenset(mark_of(site, name) for name in touched | erased),
        Alone.ERASED: frozenset(mark_of(site, name) for name in erased),
    }


def is_emergency(changes: Sequence[Change]) -> bool:
    """Whether this ends the right of one person, and does nothing else."""
    return len(changes) == 1 and isinstance(changes[0], RevokeSubject)


def grounds(
    site: str,
    changes: Sequence[Change],
    alone: Mapping[Alone, frozenset[bytes]],
    counted: Counted,
    limits: ChangesSection,
) -> tuple[WaitingGround, ...]:
    """Why these changes at a site wait for a second person; empty if they do not."""
    policy = any(isinstance(item, PutPolicy) for item in changes)
    bounds = (
        (Alone.CHANGED, WaitsFor.SHARE, bound_of(limits, counted.people - counted.fresh)),
        (Alone.ERASED, WaitsFor.ERASURES, limits.erasures),
        (Alone.REVOKED, WaitsFor.REVOCATIONS, limits.revocations),
    )
    found = [WaitingGround(site, WaitsFor.POLICY)] if policy else []
    for what, why, bound in bounds:
        new = alone.get(what, frozenset())
        count = len(new | counted.of(what))
        if new and count > bound:
            found.append(WaitingGround(site, why, count, bound, counted.people))
    return tuple(found)
