"""Counts events that could not be stored, in preallocated space: the count survives a restart on a full disk.

A count ends with the event that reports it, by its name.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from edge.journal.format import JournalRecovered, read_event
from edge.journal.slots import TwoSlots
from edge.support.decoding import Undecodable, json_of

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
        self._slots = TwoSlots(path)

    def make(self) -> None:
        """Allocate the file now, while there is space."""
        self._slots.make()

    def read(self) -> Missed:
        """The newer of the two slots, if intact; an empty count where neither is."""
        found = [Missed()]
        for value in self._slots.read():
            with suppress(Undecodable):
                found.append(json_of(value, Missed))
        return max(found, key=lambda missed: missed.number)

    def write(self, missed: Missed) -> None:
        self._slots.write(missed.number, msgspec.json.encode(missed))


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
