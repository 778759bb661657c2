"""What a journal tells about the time."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from edge.decision import ClockTrust
from edge.journal.format import ClockConfirmed, ClockDisagrees, Entry
from edge.journal.tables import FROM
from edge.signing.cose import instant, microseconds

_CLOCK_COMPARED = (ClockConfirmed.kind.value, ClockDisagrees.kind.value)
"""Events that compare the clock with central's: what the clock wrote before them counts no more."""

_NO_END = 2**63 - 1
_NEWEST = "ORDER BY epoch DESC, sequence DESC"


class LatestTime:
    """The latest time that a trusted clock wrote, since it was compared with central's."""

    def __init__(self) -> None:
        self.value: datetime | None = None
        self._end: datetime | None = None

    def read(self, connection: sqlite3.Connection) -> None:
        """Take it from what is stored. Raises sqlite3.Error."""
        self.value = _latest_in(connection, self._end)

    def add(self, entry: Entry) -> None:
        """Take up what was stored last."""
        if entry.kind in _CLOCK_COMPARED:
            self.value = None
        if entry.trust is ClockTrust.TRUSTED and (self._end is None or entry.wall.at <= self._end):
            self.value = entry.wall.at if self.value is None else max(self.value, entry.wall.at)

    def end_at(self, end: datetime) -> bool:
        """Count nothing that a clock wrote after `end`; whether it is to be read anew for that."""
        self._end = end
        # a later `end` adds nothing that the next event does not
        return self.value is not None and self.value > end


def _latest_in(connection: sqlite3.Connection, end: datetime | None) -> datetime | None:
    """The latest time of a trusted clock since it was compared with central's, up to `end` if given."""
    first = f"SELECT epoch, sequence FROM event WHERE kind IN (?, ?) {_NEWEST} LIMIT 1"  # noqa: S608 - no input
    compared = connection.execute(first, _CLOCK_COMPARED).fetchone() or (0, 0)
    query = "SELECT max(at) FROM event WHERE trust = ? AND at <= ? AND (epoch, sequence) >= (?, ?)"
    most = _NO_END if end is None else microseconds(end)
    [(latest,)] = connection.execute(query, (ClockTrust.TRUSTED.value, most, *compared)).fetchall()
    return None if latest is None else instant(latest)


def monotonic_of(connection: sqlite3.Connection, epoch: bytes, sequence: int) -> float | None:
    """The monotonic time that an event was stored with; None: there is no such event."""
    query = f"SELECT monotonic {FROM} WHERE epoch.id = ? AND sequence = ?"
    row = connection.execute(query, (epoch, sequence)).fetchone()
    return None if row is None else float(row[0])
