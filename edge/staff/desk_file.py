"""Stores what staff keep at the gate, in one SQLite file of its own: the visitors whom they registered, as
long as their right holds, and the faults that they reported, until they are settled.

Of a code or a number its digest is kept. A visitor's name is here and nowhere else, and goes with the right.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edge.credentials.known import SALT_BYTES, KnownRight
from edge.signing.cose import instant, microseconds
from edge.staff.core import VisitorMeans
from edge.staff.file_errors import StaffFileError
from edge.staff.sqlite_file import Layout, connected
from edge.support.decoding import Undecodable
from edge.support.files import own
from edge.support.storage import REAL_STORAGE, Storage

_SCHEMA: Final = """
CREATE TABLE visitor (
    visitor TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    staff TEXT NOT NULL,
    means TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    pass_id TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    passed INTEGER
) WITHOUT ROWID;
CREATE TABLE fault (
    fault INTEGER PRIMARY KEY,
    what TEXT NOT NULL,
    text TEXT NOT NULL,
    staff TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE TABLE salt (one INTEGER PRIMARY KEY CHECK (one = 1), salt BLOB NOT NULL);
"""
VERSION: Final = 1
_LAYOUT: Final = Layout(
    VERSION,
    _SCHEMA,
    # a name that is forgotten is gone from the file
    ("journal_mode = DELETE", "synchronous = FULL", "secure_delete = ON"),
    "install the Gatepost that wrote it, or a newer one; or move the file away",
)


@dataclass(frozen=True)
class Guest:
    """A visitor who was registered here, and the right that they have; `passed` is when they last used it
    (microseconds since 1970 UTC).
    """

    name: str
    host: str
    staff: str
    means: VisitorMeans
    digest: bytes
    right: KnownRight
    passed: int | None = None


@dataclass(frozen=True)
class ReportedFault:
    """A fault that was reported, by the sequence of its event; `at` in microseconds since 1970 UTC."""

    fault: int
    what: str
    text: str
    staff: str
    at: int


class DeskFile:
    """The file, open. Used by one thread; make it with `open_desk_file`."""

    def __init__(self, connection: sqlite3.Connection, path: Path, gate: str) -> None:
        self._connection = connection
        self._path = path
        self._gate = gate

    def guests(self) -> tuple[Guest, ...]:
        """Every visitor who is kept, the newest first."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM visitor ORDER BY since DESC, visitor")  # noqa: S608
        return tuple(self._guest(row) for row in rows)

    def add(self, guest: Guest) -> None:
        """Keep a visitor."""
        right = guest.right
        values = (
            *(right.subject, guest.name, guest.host, guest.staff, guest.means.value, guest.digest),
            *(right.pass_id, microseconds(right.since), microseconds(right.until), right.uses, guest.passed),
        )
        self._run(f"INSERT INTO visitor ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608

    def passed(self, visitor: str, at: int) -> None:
        """Keep when a visitor last passed."""
        self._run("UPDATE visitor SET passed = ? WHERE visitor = ?", (at, visitor))

    def forget(self, visitor: str) -> None:
        """Forget a visitor, with their name."""
        self._run("DELETE FROM visitor WHERE visitor = ?", (visitor,))

    def forget_over(self, now: int) -> int:
        """Forget the visitors whose right has ended; how many those were."""
        return self._run("DELETE FROM visitor WHERE until <= ?", (now,))

    def salt(self, new: bytes) -> bytes:
        """The salt of the numbers given here; `new` where there is none yet."""
        self._run("INSERT OR IGNORE INTO salt VALUES (1, ?)", (new,))
        [(salt,)] = self._rows("SELECT salt FROM salt")
        if not isinstance(salt, bytes) or len(salt) != SALT_BYTES:
            raise StaffFileError("has noise in the place of a salt", where=str(self._path), remedy=_REMEDY)
        return salt

    def faults(self) -> tuple[ReportedFault, ...]:
        """The faults that are not settled, the newest first."""
        query = "SELECT fault, what, text, staff, at FROM fault ORDER BY fault DESC"
        return tuple(self._fault(row) for row in self._rows(query))

    def report(self, fault: ReportedFault) -> None:
        """Keep a fault."""
        values = (fault.fault, fault.what, fault.text, fault.staff, fault.at)
        self._run("INSERT OR IGNORE INTO fault VALUES (?, ?, ?, ?, ?)", values)

    def settle(self, fault: int) -> bool:
        """Forget a fault; whether it was there."""
        return bool(self._run("DELETE FROM fault WHERE fault = ?", (fault,)))

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()

    # --- inside ----------------------------------------------------------------------------

    def _fault(self, row: Any) -> ReportedFault:
        fault, what, text, staff, at = row
        try:
            instant(at)
            if all(isinstance(each, str) for each in (what, text, staff)):
                return ReportedFault(fault, what, text, staff, at)
            wrong = "expected text"
        except (Undecodable, TypeError) as error:
            wrong = str(error)
        raise StaffFileError(
            f"has noise in the place of a fault: {wrong}", where=str(self._path), remedy=_REMEDY
        )

    def _guest(self, row: Any) -> Guest:
        visitor, name, host, staff, means, digest, pass_id, since, until, uses, passed = row
        try:
            here = frozenset({self._gate})
            right = KnownRight(visitor, pass_id, instant(since), instant(until), uses, here)
            return Guest(name, host, staff, VisitorMeans(means), digest, right, passed)
        except (Undecodable, ValueError, TypeError) as error:
            raise StaffFileError(
                f"has noise in the place of a visitor: {error}", where=str(self._path), remedy=_REMEDY
            ) from None

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise _explained(error, self._path) from error

    def _run(self, query: str, values: tuple[object, ...]) -> int:
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                return self._connection.execute(query, values).rowcount
        except sqlite3.Error as error:
            raise _explained(error, self._path) from error


_COLUMNS: Final = "visitor, name, host, staff, means, digest, pass_id, since, until, uses, passed"
_REMEDY: Final = "move the file away: visitors registered at this gate come to the staff again"


def open_desk_file(path: Path, gate: str, storage: Storage = REAL_STORAGE) -> DeskFile:
    """The file at `path`, of this gate, made where there is none. Raises StaffFileError."""
    try:
        own(path)
        connection = connected(path, storage, _LAYOUT)
    except sqlite3.Error as error:
        raise _explained(error, path) from error
    except OSError as error:
        raise StaffFileError(
            f"cannot be opened: {error.strerror or error}", where=str(path), remedy=_REMEDY
        ) from None
    return DeskFile(connection, path, gate)


def _explained(error: sqlite3.Error, path: Path) -> StaffFileError:
    return StaffFileError(f"cannot be read or written: {error}", where=str(path), remedy=_REMEDY)
