"""What a visit and an invitation may be: checked before anything is stored."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from edge.decision import Subject
from edge.signing.cose import microseconds
from edge.support.phrases import Phrase, phrase
from sync.central.units import DAY, HOUR

LONGEST_VISIT = 7 * DAY
LONGEST_CODE = DAY
"""A numeric code can be guessed and overheard: it opens for a day at most."""
EARLIEST = 60 * DAY
LONGEST_INVITATION = 90 * DAY
MOST_VISITS = 50
_LONGEST_NAME = 60


@dataclass(frozen=True)
class WantedVisit:
    """A visit that somebody asks for, from `since` (inclusive) to `until` (exclusive)."""

    name: str
    since: int
    until: int
    by_code: bool = False


def normal_visitor(name: str) -> str:
    """A visitor's name as it is kept."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def fault_of_visit(wanted: WantedVisit, now: int) -> Phrase | None:
    """Why such a visit cannot be; None where it can."""
    longest = LONGEST_CODE if wanted.by_code else LONGEST_VISIT
    hours, days = longest // HOUR, EARLIEST // DAY
    too_long = phrase("the visit is longer than %(hours)s hours", hours=hours)
    if wanted.by_code:
        too_long = phrase(
            "the visit is longer than %(hours)s hours: a number that people type opens no longer", hours=hours
        )
    faults = (
        (phrase("a visit needs the visitor's name"), not wanted.name),
        (
            phrase("the name is longer than %(most)s characters", most=_LONGEST_NAME),
            len(wanted.name) > _LONGEST_NAME,
        ),
        (phrase("the name has characters that cannot be seen"), not wanted.name.isprintable()),
        (
            phrase("the visit ends before it begins: are the two exchanged?"),
            wanted.until <= wanted.since,
        ),
        (phrase("the visit ends in the past"), wanted.until <= now),
        (phrase("the visit begins in more than %(days)s days", days=days), wanted.since > now + EARLIEST),
        (too_long, wanted.until - wanted.since > longest),
    )
    return next((fault for fault, holds in faults if holds), None)


def fault_of_host(host: Subject | None, until: int, now: int) -> Phrase | None:
    """Why this resident cannot invite somebody until then; None where they can."""
    if host is None:
        return phrase("who invited is not registered here any more")
    if host.valid_from is not None and microseconds(host.valid_from) > now:
        return phrase("the right of who invites has not begun yet")
    if host.valid_until is not None and microseconds(host.valid_until) <= now:
        return phrase("the right of who invites has ended")
    if host.valid_until is not None and microseconds(host.valid_until) < until:
        return phrase("the visit is longer than the right of who invites")
    return None
