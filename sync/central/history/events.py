"""Reads events out of files: who reads the database's asks here for what is there no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from edge.decision import ClockTrust
from sync.central.history.core import FileState, Run
from sync.central.history.damage import restoring
from sync.central.history.files import HistoryError, what_is_wrong
from sync.central.history.manifest import KeptFile, files_with, the_folder
from sync.central.tables import event

_FIELDS = tuple(event.c.keys())


@dataclass(frozen=True)
class EventRow:
    """A row of the table `event`, which is there or in a file."""

    chain: int
    sequence: int
    at: int
    trust: ClockTrust
    monotonic: float
    kind: str
    body: bytes
    previous: bytes
    hash: bytes
    received_at: int


def events_between(
    connection: sa.Connection, chain: int, first: int, last: int, most: int, *, newest_first: bool = False
) -> list[EventRow]:
    """Up to `most` events of a chain from `first` to `last`, wherever they lie. Raises HistoryError."""
    order = event.c.sequence.desc() if newest_first else event.c.sequence
    query = (
        sa.select(event)
        .where(event.c.chain == chain, event.c.sequence.between(first, last))
        .order_by(order)
        .limit(most)
    )
    rows = [EventRow(**row) for row in connection.execute(query).mappings()]
    # The database first: what moves meanwhile is found in a file then, and is at most found twice.
    if len(rows) == most:
        first, last = (rows[-1].sequence, last) if newest_first else (first, rows[-1].sequence)
    found = {
        row.sequence: row for row in (*_in_files(connection, chain, first, last, most, newest_first), *rows)
    }
    return [found[sequence] for sequence in sorted(found, reverse=newest_first)][:most]


def event_at(connection: sa.Connection, chain: int, sequence: int) -> EventRow | None:
    """One event of a chain, wherever it lies; None: there is none. Raises HistoryError."""
    return next(iter(events_between(connection, chain, sequence, sequence, 1)), None)


def first_since(connection: sa.Connection, chain: int, since: int | None) -> int | None:
    """The first sequence in files of a chain since a time, by the gate's clock; None: there is none."""
    for file, run in _kept(connection, chain):
        if since is None or file.first_at >= since:
            return run.first
        if file.last_at >= since:
            for row in events_between(connection, chain, run.first, run.last, run.last - run.first + 1):
                if row.at >= since:
                    return row.sequence
    return None


def last_before(connection: sa.Connection, chain: int, until: int | None) -> int | None:
    """The last sequence in files of a chain before a time, by the gate's clock; None: there is none."""
    for file, run in reversed(_kept(connection, chain)):
        if until is None or file.last_at < until:
            return run.last
        if file.first_at < until:
            for row in reversed(
                events_between(connection, chain, run.first, run.last, run.last - run.first + 1)
            ):
                if row.at < until:
                    return row.sequence
    return None


def links_between(
    connection: sa.Connection, chain: int, first: int, last: int
) -> dict[int, tuple[bytes, bytes]]:
    """Hash and previous hash of the events that left the database, by sequence; both empty where a rule of
    retention deleted an event since: it was here, and never comes back. Raises HistoryError.
    """
    found = {
        sequence: (b"", b"")
        for file, run in files_with(connection, chain, first, last)
        if file.state is not FileState.KEPT
        for sequence in range(max(first, run.first), min(last, run.last) + 1)
    }
    kept = _in_files(connection, chain, first, last, last - first + 1, newest_first=False)
    return found | {row.sequence: (row.hash, row.previous) for row in kept}


def sequences_between(connection: sa.Connection, chain: int, first: int, last: int) -> set[int]:
    """The sequences of what left the database, as the list of files says."""
    return {
        sequence
        for _, run in files_with(connection, chain, first, last)
        for sequence in range(max(first, run.first), min(last, run.last) + 1)
    }


# --- inside --------------------------------------------------------------------------------

_EVER = 2**63 - 1


def _kept(connection: sa.Connection, chain: int) -> list[tuple[KeptFile, Run]]:
    return [each for each in files_with(connection, chain, 0, _EVER) if each[0].state is FileState.KEPT]


def _in_files(
    connection: sa.Connection, chain: int, first: int, last: int, most: int, newest_first: bool
) -> Iterator[EventRow]:
    runs = [each for each in files_with(connection, chain, first, last) if each[0].state is FileState.KEPT]
    folder = the_folder(connection) if runs else None
    left = most
    for file, run in reversed(runs) if newest_first else runs:
        if left <= 0 or folder is None:
            return
        begin, end = max(first, run.first), min(last, run.last)
        if newest_first:
            begin = max(begin, end - left + 1)
        else:
            end = min(end, begin + left - 1)
        rows = [*_read(folder, file, chain, begin, end)]
        left -= len(rows)
        yield from reversed(rows) if newest_first else rows


def _read(folder: Path, file: KeptFile, chain: int, first: int, last: int) -> Iterator[EventRow]:
    wrong = what_is_wrong(folder, file.name, file.written, thorough=False)
    if wrong:
        raise HistoryError(
            wrong,
            where=str(folder / file.name),
            remedy=restoring(file.rows, file.site),
        )
    # Arrow takes a fifth of a second to load: who reads no file does without.
    from sync.central.history.parquet import rows_between  # noqa: PLC0415

    for row in rows_between(folder / file.name, chain, first, last):
        own = {name: row[name] for name in _FIELDS}
        yield EventRow(**own | {"trust": ClockTrust(row["trust"])})
