"""Counts events that could not be stored, in preallocated space: the count survives a restart on a full disk.

Two slots in a file that is made, with its blocks, when the journal is: each write goes to the older one, so
that a power cut in its middle leaves the other. A count ends with the event that reports it, by its name.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from edge.journal.format import JournalRecovered, read_event
from edge.support.decoding import Undecodable, json_of

_SLOT = 4096
_HEAD = 36
"""A slot is SHA-256 of the rest, its length, and JSON."""
_MOST_KINDS = 64


class Missed(msgspec.Struct, frozen=True):
    """How many events were missed, by kind, since when. `name` tells this count from others."""

    number: int = 0
    name: str = ""
    since: datetime | None = None
    kinds: dict[str, int] = {}

    @property
    def total(self) -> int:
        return sum(self.kinds.values())

    def with_one(self, kind: str, at: datetime, entropy: Callable[[int], bytes]) -> Missed:
        """The count after one more, kinds beyond a bound together; `entropy` names a new count."""
        kind = kind if kind in self.kinds or len(self.kinds) < _MOST_KINDS else "other"
        kinds = self.kinds | {kind: self.kinds.get(kind, 0) + 1}
        return Missed(self.number + 1, self.name or entropy(8).hex(), self.since or at, kinds)

    def event(self) -> JournalRecovered:
        """The event that tells of it."""
        return JournalRecovered(self.total, self.since, self.kinds, self.name)


class MissedFile:
    """The count on disk. Writing it never raises: it is made when nothing else can be written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def make(self) -> None:
        """Allocate the file now, while there is space."""
        with suppress(OSError):
            descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600)
            try:
                if os.fstat(descriptor).st_size < 2 * _SLOT:
                    os.pwrite(descriptor, bytes(2 * _SLOT), 0)
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def read(self) -> Missed:
        """The newer of the two slots, if intact; an empty count where neither is."""
        try:
            with self._path.open("rb") as file:
                data = file.read(2 * _SLOT)
        except OSError:
            return Missed()
        slots = [_read_slot(data[start : start + _SLOT]) for start in (0, _SLOT)]
        return max(slots, key=lambda missed: missed.number)

    def write(self, missed: Missed) -> None:
        encoded = msgspec.json.encode(missed)
        slot = hashlib.sha256(encoded).digest() + len(encoded).to_bytes(4) + encoded
        with suppress(OSError):
            descriptor = os.open(self._path, os.O_WRONLY)
            try:
                os.pwrite(descriptor, slot.ljust(_SLOT, b"\0"), _SLOT * (missed.number % 2))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def still_unreported(connection: sqlite3.Connection, missed: Missed) -> Missed:
    """The count found at a restart, unless the event that reports it was stored already."""
    if missed.total:
        kind = JournalRecovered.kind.value
        for (body,) in connection.execute("SELECT body FROM event WHERE kind = ?", (kind,)):
            with suppress(Undecodable):  # a later version's, or damaged
                match read_event(kind, body):
                    case JournalRecovered(count=missed.name):
                        return Missed(missed.number + 1)
    return missed


def _read_slot(slot: bytes) -> Missed:
    encoded = slot[_HEAD : _HEAD + int.from_bytes(slot[32:_HEAD])]
    if hashlib.sha256(encoded).digest() != slot[:32]:
        return Missed()
    try:
        return json_of(encoded, Missed)
    except Undecodable:
        return Missed()
