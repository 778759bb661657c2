"""Contact bounce: a level counts once it has stood still.

PURE. A switch closes in a burst of edges; a long wire picks up spikes. Each edge restarts the wait, so
fifty edges within 20 ms are one press, and a spike shorter than the wait is none.
"""

from __future__ import annotations

import msgspec


class Contact(msgspec.Struct, frozen=True):
    """One input line: the level that counts, the level last seen, and since when (monotonic seconds)."""

    settled: bool
    latest: bool
    since: float


def observe_level(contact: Contact, level: bool, now: float) -> Contact:
    """An edge was reported, or the line was read."""
    return contact if level is contact.latest else Contact(contact.settled, level, now)


def settle_level(contact: Contact, wait: float, now: float) -> Contact:
    """Let the level seen count, if it has stood still for `wait` seconds."""
    if contact.latest is contact.settled or now < contact.since + wait:
        return contact
    return Contact(contact.latest, contact.latest, contact.since)


def settles_at(contact: Contact, wait: float) -> float | None:
    """When the level seen will count; None: it does already."""
    return None if contact.latest is contact.settled else contact.since + wait
