"""What central has acknowledged of a journal, and what may be pruned because of it: the SQL of both.

Only a prefix of an epoch is ever deleted, up to an event that a signed acknowledgement covers. The
acknowledgement must state the hash that the journal itself holds there, and is stored with it. Where the
prefix was cut is stored too, so that the chain stays verifiable from there.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from edge.journal.format import AcknowledgedState, Acknowledgement, state_of
from edge.journal.tables import COLUMNS, FROM, rows

KEEP_ROWS = 1_000_000
"""At least so many events stay, acknowledged or not."""


@dataclass(frozen=True)
class _Epoch:
    number: int
    first: int
    last: int


def acknowledged_state(connection: sqlite3.Connection, acknowledgement: Acknowledgement) -> AcknowledgedState:
    """What a verified acknowledgement means for this store."""
    epoch = acknowledgement.epoch
    number = "(SELECT number FROM epoch WHERE id = ?)"
    newest = connection.execute(f"SELECT max(sequence) FROM event WHERE epoch = {number}", (epoch,))  # noqa: S608
    query = f"SELECT {COLUMNS} {FROM} WHERE event.epoch = {number} AND sequence = ?"
    entry = next(rows(connection, query, (epoch, acknowledgement.sequence)), None)
    return state_of(acknowledgement, entry, newest.fetchone()[0] or 0)


def keep_acknowledgement(
    connection: sqlite3.Connection, acknowledgement: Acknowledgement, message: bytes
) -> bool:
    """Store a valid acknowledgement as it was signed; False where one that covers as much is stored already.

    Runs in the caller's transaction.
    """
    cursor = connection.execute(
        "INSERT INTO acknowledged SELECT number, ?, ?, ? FROM epoch WHERE id = ? "
        "ON CONFLICT (epoch) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash, "
        "message = excluded.message WHERE excluded.sequence > sequence",
        (acknowledgement.sequence, acknowledgement.hash, message, acknowledgement.epoch),
    )
    return cursor.rowcount > 0


def prune(connection: sqlite3.Connection, keep: int, most: int) -> int:
    """Delete at most `most` of the oldest acknowledged events, keeping `keep` rows; returns how many.

    Runs in the caller's transaction. The newest event of an epoch always stays.
    """
    epochs = _epochs(connection)
    spare = sum(epoch.last - epoch.first + 1 for epoch in epochs) - keep
    for epoch in epochs:
        if spare <= 0:
            break
        up_to = min(_acknowledged_up_to(connection, epoch), epoch.first + min(spare, most) - 1)
        if up_to >= epoch.first:
            _cut(connection, epoch.number, up_to)
            return up_to - epoch.first + 1
    return 0


def _epochs(connection: sqlite3.Connection) -> list[_Epoch]:
    numbers = [number for (number,) in connection.execute("SELECT number FROM epoch ORDER BY number")]
    ends = (
        "SELECT min(sequence), (SELECT max(sequence) FROM event WHERE epoch = ?1) FROM event WHERE epoch = ?1"
    )
    found = [(number, *connection.execute(ends, (number,)).fetchone()) for number in numbers]
    return [_Epoch(number, first, last) for number, first, last in found if first is not None]


def _acknowledged_up_to(connection: sqlite3.Connection, epoch: _Epoch) -> int:
    query = "SELECT sequence FROM acknowledged WHERE epoch = ?"
    row = connection.execute(query, (epoch.number,)).fetchone()
    return 0 if row is None else min(row[0], epoch.last - 1)


def _cut(connection: sqlite3.Connection, epoch: int, up_to: int) -> None:
    # In a salvaged epoch this event itself may be missing: the next one states the hash before it.
    connection.execute(
        "INSERT OR REPLACE INTO pruned SELECT epoch, sequence - 1, previous FROM event "
        "WHERE epoch = ?1 AND sequence > ?2 ORDER BY sequence LIMIT 1",
        (epoch, up_to),
    )
    connection.execute("DELETE FROM event WHERE epoch = ? AND sequence <= ?", (epoch, up_to))
