"""The journal's tables in SQLite: the schema, a connection with every guarantee, rows as entries."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any

from edge.errors import JournalError
from edge.journal.format import (
    MOST_BODY_BYTES,
    OWN_FIELDS,
    Entry,
    Event,
    Told,
    entry_from,
    own_fields,
    told,
)
from edge.support.files import close_to_others, own, rewrite_synced
from edge.support.storage import REAL_STORAGE, Storage

SCHEMA_VERSION = 6
"""An older one holds events in another encoding, with other hashes: nothing of them can be chained on."""
SCHEMA = """
CREATE TABLE epoch (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    gate TEXT NOT NULL,
    medium TEXT NOT NULL
);
CREATE TABLE event (
    epoch INTEGER NOT NULL REFERENCES epoch (number),
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    trust TEXT NOT NULL,
    monotonic REAL NOT NULL,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (epoch, sequence)
) WITHOUT ROWID;
CREATE TABLE acknowledged (
    epoch INTEGER PRIMARY KEY REFERENCES epoch (number),
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    message BLOB NOT NULL
);
CREATE TABLE pruned (
    epoch INTEGER PRIMARY KEY REFERENCES epoch (number),
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL
);
CREATE TABLE used_pass (pass_id TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE used_command (nonce TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE unknown_use (why TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE command_counter (issuer TEXT PRIMARY KEY, counter INTEGER NOT NULL) WITHOUT ROWID;
"""
COLUMNS = ", ".join(("epoch.id", "epoch.gate", *OWN_FIELDS))
INSERT = f"INSERT INTO event (epoch, {', '.join(OWN_FIELDS)}) VALUES (?{', ?' * len(OWN_FIELDS)})"  # noqa: S608
FROM = "FROM event JOIN epoch ON epoch.number = event.epoch"

_SMALL: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "pruned": (int, int, bytes),
        "acknowledged": (int, int, bytes, bytes),
        "used_pass": (str, int),
        "used_command": (str, int),
        "unknown_use": (str, int),
        "command_counter": (str, int),
    }
)


class JournalFull(JournalError):
    """There is no space left to store an event."""


class JournalUnavailable(JournalError):
    """The store failed; the event was not stored."""


class JournalInUse(JournalError):
    """Another process writes this journal."""


class JournalDamaged(JournalError):
    """The file cannot be continued: it is unreadable, or its chain is broken."""


class JournalOutdated(JournalDamaged):
    """The file is of an older format: its events cannot be read by this version."""


def make_file(path: Path) -> None:
    """Make the file where there is none; it and its companions become their owner's alone.

    A process that can read them can hold a lock, and keep the gate from writing or starting. SQLite gives the
    files it makes beside this one the same mode; older ones get it here.
    """
    own(path)
    for ending in ("-wal", "-shm", ".lock", ".missed", ".end"):
        close_to_others(path.with_name(path.name + ending))


def connected(path: Path, storage: Storage = REAL_STORAGE) -> sqlite3.Connection:
    """A connection to a store of this version, with every guarantee switched on; for its one writer.

    What SQLite finds in the log it takes for synced. After a sync that failed it is not: Linux has it in
    memory and writes it no more. So the log is written again before SQLite reads it (docs/decisions/0114).
    """
    try:
        rewrite_synced(path.with_name(path.name + "-wal"))
        return _connected(path, storage)
    except OSError as error:
        what = f"could not be made to last: {error.strerror or error}"
        raise JournalUnavailable(what, where=str(path)) from error
    except sqlite3.DatabaseError as error:
        raise explained(error, path) from error


def _connected(path: Path, storage: Storage) -> sqlite3.Connection:
    with ExitStack() as opened:
        connection = storage.connect(path)
        opened.callback(connection.close)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        if check_version(connection, path) == 0:
            with connection:
                connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        opened.pop_all()
    return connection


def check_version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of a store, this one's or 0 for a new file; raises JournalError for another's."""
    [(version,)] = connection.execute("PRAGMA user_version").fetchall()
    what = f"is of version {version}, this Gatepost understands version {SCHEMA_VERSION}"
    if 0 < version < SCHEMA_VERSION:
        raise JournalOutdated(
            what,
            where=str(path),
            remedy="it is set aside when the gate starts; the Gatepost that wrote it reads it",
        )
    if version > SCHEMA_VERSION:
        raise JournalError(what, where=str(path), remedy="install the Gatepost that wrote it, or a newer one")
    return int(version)


def storable(event: Event) -> Told:
    """An event as it is stored; raises JournalError for one that cannot be written, or is too large."""
    try:
        kind, body = told(event)
    except ValueError as error:
        raise JournalError(f"an event cannot be written: {error}", where=event.kind.value) from None
    if len(body) > MOST_BODY_BYTES:
        raise JournalError(f"an event of {len(body)} bytes is too large", where=kind)
    return kind, body


def row_of(entry: Entry, epoch_number: int) -> tuple[object, ...]:
    """An entry as `INSERT` takes it; its epoch is told by its number in this store."""
    return (epoch_number, *own_fields(entry).values())


def rows(connection: sqlite3.Connection, query: str, values: tuple[Any, ...]) -> Iterator[Entry]:
    """The entries that `query`, of COLUMNS, finds; raises JournalDamaged for noise in one of them."""
    for epoch, gate, *said in connection.execute(query, values):
        # Noise in the other fields shows in the event's hash.
        if type(epoch) is not bytes or type(said[0]) is not int:
            raise JournalDamaged("has noise in the place of an epoch's id, or of a sequence")
        try:
            entry = entry_from(epoch, gate, said)
        except ValueError as error:
            raise JournalDamaged(f"has noise in the place of sequence {said[0]}: {error}") from None
        yield entry


def is_row(table: str, row: tuple[object, ...]) -> bool:
    """Whether `row` holds values of the types that one of the small tables has; SQLite stores any."""
    return tuple(map(type, row)) == _SMALL[table]


def explained(error: sqlite3.Error, path: Path) -> JournalError:
    """The journal's error for an error of SQLite."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return JournalFull(
            "the disk is full", where=str(path), remedy="free some space; the gate goes on by itself"
        )
    # Of bytes that are not UTF-8 in the place of text Python tells without a code of SQLite's.
    not_text = code is None and isinstance(error, sqlite3.OperationalError)
    if not_text or primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return JournalDamaged(
            f"is damaged: {error}", where=str(path), remedy="it is salvaged when the gate starts"
        )
    return JournalUnavailable(f"could not be used: {error}", where=str(path))
