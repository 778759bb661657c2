"""One event of the journal, as it is stored, chained and told to others."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import asdict

from edge.decision import ClockTrust, WallTime
from edge.journal.format.body import UnknownEvent, content_of, read_event
from edge.journal.format.kinds import Event
from edge.journal.format.lane import LaneGrantRefused
from edge.signing.cose import instant
from edge.support.decoding import Undecodable


class Entry(msgspec.Struct, frozen=True):
    """A stored event.

    `epoch` is the random id (16 bytes) of the store that counted it, `sequence` its number there, from 1
    without a gap. `at` is in microseconds since 1970 UTC by a clock of trust `trust`, `monotonic` seconds.
    `body` is what it says (`edge.journal.format.body`). `previous` and `hash` are SHA-256; the first event's
    `previous` is zeros.
    """

    epoch: bytes
    gate: str
    sequence: int
    at: int
    trust: ClockTrust
    monotonic: float
    kind: str
    body: bytes
    previous: bytes
    hash: bytes

    @property
    def wall(self) -> WallTime:
        return WallTime(instant(self.at), self.trust)

    @property
    def content(self) -> dict[str, Any]:
        """The body as a table, as JSON has it; raises Undecodable where it was damaged."""
        return content_of(self.kind, self.body, f"event {self.sequence}")

    @property
    def shown(self) -> dict[str, Any] | str:
        """What people are shown of the body: its content, or its bytes (hex) where nobody can read it."""
        try:
            return self.content
        except Undecodable:
            return self.body.hex() if type(self.body) is bytes else str(self.body)


OWN_FIELDS = Entry.__struct_fields__[2:]
"""What an entry says for itself: `epoch` and `gate`, before these, are those of all of its epoch."""
_TRUST = OWN_FIELDS.index("trust")

_MOST_DIGITS = 18
"""Of a sequence, as a number that fits into a database."""


def plain_fields(entry: Entry) -> dict[str, object]:
    """An entry's fields by name, in their order, as plain values."""
    said = asdict(entry)
    said["trust"] = entry.trust.value
    return said


def own_fields(entry: Entry) -> dict[str, object]:
    """An entry's own fields by name, in their order, as a row of a database holds them."""
    said = plain_fields(entry)
    del said["epoch"], said["gate"]
    return said


def entry_from(epoch: bytes, gate: str, own: list[Any]) -> Entry:
    """The entry whose own fields, in their order, a row of a database holds; raises ValueError for noise."""
    own[_TRUST] = ClockTrust(own[_TRUST])
    return Entry(epoch, gate, *own)


def event_of(entry: Entry) -> Event | UnknownEvent:
    """What a stored event says; raises Undecodable as `read_event` does."""
    return read_event(entry.kind, entry.body, f"event {entry.sequence}")


def understood(entry: Entry) -> Event | None:
    """What a stored event says; None where this version cannot tell: a later one wrote it, or it is damaged.

    For readers who look through events that others wrote: one that is strange does not hide the others.
    """
    try:
        event = event_of(entry)
    except Undecodable:
        return None
    return event if isinstance(event, Event) else None


def refused_shut(kind: str, body: bytes) -> int | None:
    """The sequence, in the event's epoch, of the grant that it says the lane refused while it had opened
    nothing for them; None where it says no such thing, or this version cannot tell.
    """
    if kind != LaneGrantRefused.kind:
        return None
    try:
        event = read_event(kind, body)
    except Undecodable:
        return None
    if not isinstance(event, LaneGrantRefused) or not event.opened_nothing:
        return None
    reference = event.reference
    known = reference.isascii() and reference.isdigit() and len(reference) <= _MOST_DIGITS
    return int(reference) if known else None
