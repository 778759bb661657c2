"""The journal on disk: SQLite in WAL mode with synchronous=FULL, one writer, gap-free sequences.

`append` returns once the event would survive a power cut, or raises; nothing is in between. One process
writes (a lock sees to it), others read.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from secrets import token_bytes
from time import monotonic
from types import TracebackType
from typing import Self

import msgspec

from edge.decision.situation import ClockTrust, WallTime
from edge.errors import JournalError
from edge.journal.chain import START, breaks, link
from edge.journal.event import MOST_BODY_BYTES, Entry, EventKind, instant, microseconds
from edge.journal.reader import JournalReader
from edge.journal.tables import (
    COLUMNS,
    FROM,
    INSERT,
    JournalDamaged,
    connected,
    explained,
    row_of,
    rows,
)

_CHECKED_AT_START = 20_000
"""How many of the newest events a start checks the chain of; `verify` checks all."""


class Journal:
    """The gate's own journal, open for writing. Make one with `open_journal`."""

    def __init__(self, path: Path, gate: str, lock: int) -> None:
        self._path = path
        self._gate = gate
        self._lock = lock
        self._connection: sqlite3.Connection | None = None
        self._epoch_number = 0
        self._epoch = b""
        self._last: Entry | None = None
        self._latest: datetime | None = None
        self._missed = 0
        self._missed_since: WallTime | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def epoch(self) -> bytes:
        return self._epoch

    @property
    def missed(self) -> int:
        """How many events could not be stored since the last that was."""
        return self._missed

    def append(
        self, kind: str, body: Mapping[str, object], wall: WallTime, *, used_pass: str | None = None
    ) -> Entry:
        """Store one event; with `used_pass`, the use of a one-time pass in the same transaction.

        Raises JournalFull or JournalUnavailable; then the event is not stored, it is counted, and the next
        event that is stored follows one that says how many were missed.
        """
        encoded = msgspec.json.encode(body, order="deterministic")
        if len(encoded) > MOST_BODY_BYTES:
            raise JournalError(f"an event of {len(encoded)} bytes is too large", where=kind)
        try:
            if self._connection is None:
                self._connect()
            if self._missed and self._missed_since is not None:
                since = self._missed_since.at.isoformat()
                missed = msgspec.json.encode({"missed": self._missed, "since": since}, order="deterministic")
                self._store(EventKind.JOURNAL_RECOVERED, missed, wall, None)
                self._missed, self._missed_since = 0, None
            return self._store(kind, encoded, wall, used_pass)
        except sqlite3.Error as error:
            self._missed += 1
            self._missed_since = self._missed_since or wall
            self._disconnect()
            raise explained(error, self._path) from error

    def was_used(self, pass_id: str) -> bool:
        """Whether a one-time pass has been used here; a store that cannot say counts it as used."""
        try:
            if self._connection is None:
                self._connect()
            assert self._connection is not None  # noqa: S101 - _connect has made it
            query = "SELECT 1 FROM used_pass WHERE pass_id = ?"
            return self._connection.execute(query, (pass_id,)).fetchone() is not None
        except sqlite3.Error:
            self._disconnect()
            return True

    @property
    def latest(self) -> datetime | None:
        """The latest time written here by a clock that was believed: a floor for the clock."""
        return self._latest

    def last(self) -> Entry | None:
        """The newest event of this epoch."""
        return self._last

    def close(self) -> None:
        self._disconnect()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    # --- inside ----------------------------------------------------------------------------

    def _store(self, kind: str, body: bytes, wall: WallTime, used_pass: str | None) -> Entry:
        assert self._connection is not None  # noqa: S101 - the callers have connected
        last = self._last
        entry = link(
            epoch=self._epoch,
            gate=self._gate,
            sequence=1 if last is None else last.sequence + 1,
            at=microseconds(wall.at),
            trust=wall.trust,
            monotonic=monotonic(),
            kind=str(kind),
            body=body,
            previous=START if last is None else last.hash,
        )
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(INSERT, row_of(entry, self._epoch_number))
            if used_pass is not None:
                self._connection.execute(
                    "INSERT OR IGNORE INTO used_pass VALUES (?, ?)", (used_pass, entry.sequence)
                )
        self._last = entry
        if entry.trust is not ClockTrust.UNTRUSTED:
            self._latest = entry.wall.at if self._latest is None else max(self._latest, entry.wall.at)
        return entry

    def _connect(self) -> None:
        """Open the store and take up the chain where it ends, whatever a failed write left behind."""
        connection = connected(self._path)
        self._connection = connection
        row = connection.execute(
            "SELECT number, id FROM epoch WHERE gate = ? ORDER BY number DESC LIMIT 1", (self._gate,)
        ).fetchone()
        if row is None:
            self._begin_epoch(connection)
        else:
            self._epoch_number, self._epoch = row
        self._last = next(
            rows(
                connection,
                f"SELECT {COLUMNS} {FROM} WHERE event.epoch = ? ORDER BY sequence DESC LIMIT 1",
                (self._epoch_number,),
            ),
            None,
        )

        [(latest,)] = connection.execute(
            "SELECT max(at) FROM event WHERE trust <> ?", (ClockTrust.UNTRUSTED.value,)
        ).fetchall()
        self._latest = None if latest is None else instant(latest)

    def _begin_epoch(self, connection: sqlite3.Connection) -> None:
        self._epoch = token_bytes(16)
        with connection:
            cursor = connection.execute(
                "INSERT INTO epoch (id, gate) VALUES (?, ?)", (self._epoch, self._gate)
            )
        self._epoch_number = cursor.lastrowid or 1

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def open_journal(path: Path, gate: str) -> Journal:
    """Open the journal of `gate` at `path` for writing, making it where there is none.

    Raises JournalError where another process writes it, JournalDamaged where noise is in it or its chain
    is broken (`edge.journal.salvage` makes a new one of what is whole).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = _locked(path.with_name(path.name + ".lock"), path)
    journal = Journal(path, gate, lock)
    try:
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        check_at_start(path)
        journal._connect()  # noqa: SLF001 - the one place that makes a Journal
    except sqlite3.Error as error:
        journal.close()
        raise explained(error, path) from error
    except JournalError:
        journal.close()
        raise
    return journal


def check_at_start(path: Path) -> None:
    """SQLite's own check, then the chain of the newest events; raises JournalDamaged."""
    with closing(connected(path)) as connection:
        try:
            [(answer,), *_] = connection.execute("PRAGMA quick_check(1)").fetchall()
        except sqlite3.DatabaseError as error:
            answer = str(error)
        if answer != "ok":
            raise JournalDamaged(f"is damaged: {answer}", where=str(path))
    with closing(JournalReader(path)) as reader:
        found = next(breaks(reader.newest(_CHECKED_AT_START), gaps=reader.gaps()), None)
    if found is not None:
        raise JournalDamaged(f"has a broken chain: {found}", where=str(path))


def _locked(lock_path: Path, path: Path) -> int:
    descriptor = os.open(lock_path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise JournalError(
            "another process writes this journal", where=str(path), remedy="stop the gate that is running"
        ) from None
    return descriptor
