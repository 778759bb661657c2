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
from edge.support.decoding import Undecodable

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


def missed_file(path: Path) -> TwoSlots[Missed]:
    """Where the count of the journal at `path` is kept."""
    return TwoSlots(path.with_name(path.name + ".missed"), Missed())


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
