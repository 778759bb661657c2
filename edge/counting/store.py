"""Stores the ledger on disk, so that a restart reads only the events since, not the whole journal.

A SQLite file beside the journal. It may be behind: it holds for one position in the journal, and the events
after that are applied again. So it needs no flush of its own (WAL, synchronous=NORMAL: a power cut loses the
newest transactions, never the file), and nothing is counted twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import msgspec

from edge.counting.core import LedgerState
from edge.decision import LastAccess
from edge.errors import JournalError
from edge.support.decoding import Undecodable, json_of
from edge.support.storage import REAL_STORAGE, Storage

VERSION = 1
_SCHEMA = """
CREATE TABLE kept (one INTEGER PRIMARY KEY CHECK (one = 1), body BLOB NOT NULL);
CREATE TABLE person (subject TEXT PRIMARY KEY, passage BLOB NOT NULL) WITHOUT ROWID;
"""


class LedgerPosition(msgspec.Struct, frozen=True):
    """A position in the journal: epoch (16 bytes) and sequence of the last event applied to the ledger."""

    epoch: bytes
    sequence: int


class StoredLedger(msgspec.Struct, frozen=True):
    """The ledger of `gate` at one position in its journal."""

    gate: str
    state: LedgerState
    position: LedgerPosition | None


class LedgerStore:
    """Keeps one ledger. Make it with `open_store`; called by one thread."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def load(self) -> tuple[StoredLedger | None, dict[str, LastAccess]]:
        """The stored ledger and the persons' last passages; raises JournalError where they cannot be read."""
        try:
            row = self._connection.execute("SELECT body FROM kept").fetchone()
            people = self._connection.execute("SELECT subject, passage FROM person").fetchall()
            kept = None if row is None else json_of(row[0], StoredLedger)
            return kept, {subject: json_of(passage, LastAccess) for subject, passage in people}
        except (sqlite3.Error, Undecodable) as error:
            raise _failed(error, self._path) from error

    def keep(self, kept: StoredLedger, moved: Mapping[str, LastAccess | None]) -> None:
        """Store a ledger and the changes of persons in one transaction; raises JournalError."""
        gone = [(subject,) for subject, passage in moved.items() if passage is None]
        there = [
            (subject, msgspec.json.encode(passage))
            for subject, passage in moved.items()
            if passage is not None
        ]
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.execute(
                    "INSERT OR REPLACE INTO kept VALUES (1, ?)", (msgspec.json.encode(kept),)
                )
                self._connection.executemany("DELETE FROM person WHERE subject = ?", gone)
                self._connection.executemany("INSERT OR REPLACE INTO person VALUES (?, ?)", there)
        except sqlite3.Error as error:
            raise _failed(error, self._path) from error

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()


def open_store(path: Path, storage: Storage = REAL_STORAGE) -> LedgerStore:
    """Open the store at `path`, or create it. One that is damaged is put aside.

    Raises JournalError where nothing can be written there, and for one that a later version made: that is
    left as it is.
    """
    try:
        try:
            return LedgerStore(_connected(path, storage), path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            path.replace(path.with_name(path.name + ".damaged"))
            for rest in ("-wal", "-shm"):
                path.with_name(path.name + rest).unlink(missing_ok=True)
            return LedgerStore(_connected(path, storage), path)
    except (sqlite3.Error, OSError) as error:
        raise _failed(error, path) from error


def read_store(path: Path) -> tuple[StoredLedger | None, dict[str, LastAccess]]:
    """What the gate stored last, read while it may be running; (None, {}) where there is no store."""
    if not path.is_file():
        return None, {}
    try:
        connection = REAL_STORAGE.connect(path, read_only=True)
    except sqlite3.Error as error:
        raise _failed(error, path) from error
    with closing(connection):
        return LedgerStore(connection, path).load()


def _connected(path: Path, storage: Storage) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with ExitStack() as opened:
        connection = storage.connect(path)
        opened.callback(connection.close)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        [(answer,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
        [(version,)] = connection.execute("PRAGMA user_version").fetchall()
        if answer == "ok" and version > VERSION:
            raise JournalError(
                f"is of version {version}, this Gatepost understands version {VERSION}",
                where=str(path),
                remedy="install the Gatepost that wrote it, or a newer one; until then counts are not kept",
            )
        if answer != "ok" or version not in {0, VERSION}:
            raise sqlite3.DatabaseError(f"version {version}, {answer}")
        if version == 0:
            connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        opened.pop_all()
    return connection


def _failed(error: Exception, path: Path) -> JournalError:
    return JournalError(
        f"cannot store the counts: {error}",
        where=str(path),
        remedy="check the disk; the next start counts again from the journal",
    )
