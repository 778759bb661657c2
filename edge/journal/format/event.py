"""One event of the journal, as it is stored, chained and told to others."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import asdict

from edge.decision import ClockTrust, WallTime
from edge.signing.cose import instant
from edge.support.decoding import json_of

MOST_BODY_BYTES = 16 * 1024


class Entry(msgspec.Struct, frozen=True):
    """A stored event.

    `epoch` is the random id (16 bytes) of the store that counted it, `sequence` its number there, from 1
    without a gap. `at` is in microseconds since 1970 UTC by a clock of trust `trust`, `monotonic` seconds.
    `body` is JSON with sorted keys. `previous` and `hash` are SHA-256; the first event's `previous` is zeros.
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
        """The body as a table; raises Undecodable where it was damaged."""
        return json_of(self.body, dict[str, Any], f"event {self.sequence}")


OWN_FIELDS = Entry.__struct_fields__[2:]
"""What an entry says for itself: `epoch` and `gate`, before these, are those of all of its epoch."""
_TRUST = OWN_FIELDS.index("trust")


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
