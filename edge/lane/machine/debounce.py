"""Debounces contacts: a level counts once it has been stable for long enough.

PURE. A switch closes in a burst of edges; a long wire picks up spikes. Each edge restarts the wait, so
fifty edges within 20 ms are one press, and a spike shorter than the wait is none.
"""

from __future__ import annotations

import msgspec


class Contact(msgspec.Struct, frozen=True):
    """One input line: the level that counts, the latest one, and since when that holds (monotonic s)."""

    settled: bool
    latest: bool
    since: float


def observe_level(contact: Contact, level: bool, now: float) -> Contact:
    """The contact after an edge was reported, or the line was read, at `now`."""
    return contact if level is contact.latest else Contact(contact.settled, level, now)


def settle_level(contact: Contact, wait: float, now: float) -> Contact:
    """The contact with its latest level settled, if that has been stable for `wait` seconds."""
    if contact.latest is contact.settled or now < contact.since + wait:
        return contact
    return Contact(contact.latest, contact.latest, contact.since)


def settles_at(contact: Contact, wait: float) -> float | None:
    """When the latest level will count (monotonic seconds); None: it counts already."""
    return None if contact.latest is contact.settled else contact.since + wait
