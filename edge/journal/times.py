"""What a journal tells about the time: the SQL of it."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from edge.decision import ClockTrust
from edge.journal.format import ClockConfirmed, ClockDisagrees
from edge.journal.tables import FROM
from edge.signing.cose import instant, microseconds

CLOCK_COMPARED = (ClockConfirmed.kind.value, ClockDisagrees.kind.value)
"""Events that compare the clock with central's: what the clock wrote before them counts no more."""
_NO_END = 2**63 - 1
_NEWEST = "ORDER BY epoch DESC, sequence DESC"


def latest_in(connection: sqlite3.Connection, end: datetime | None) -> datetime | None:
    """The latest time of a trusted clock since it was compared with central's, up to `end` if given."""
    first = f"SELECT epoch, sequence FROM event WHERE kind IN (?, ?) {_NEWEST} LIMIT 1"  # noqa: S608 - no input
    compared = connection.execute(first, CLOCK_COMPARED).fetchone() or (0, 0)
    query = "SELECT max(at) FROM event WHERE trust = ? AND at <= ? AND (epoch, sequence) >= (?, ?)"
    most = _NO_END if end is None else microseconds(end)
    [(latest,)] = connection.execute(query, (ClockTrust.TRUSTED.value, most, *compared)).fetchall()
    return None if latest is None else instant(latest)


def monotonic_of(connection: sqlite3.Connection, epoch: bytes, sequence: int) -> float | None:
    """The monotonic time that an event was stored with; None: there is no such event."""
    query = f"SELECT monotonic {FROM} WHERE epoch.id = ? AND sequence = ?"
    row = connection.execute(query, (epoch, sequence)).fetchone()
    return None if row is None else float(row[0])
