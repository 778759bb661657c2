"""A second record of what was used up, apart from the journal: it survives the loss of the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from edge.support.files import make_folder, own, set_aside
from edge.support.storage import REAL_STORAGE, Storage

FILE_NAME = "used.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS used (kind TEXT, name TEXT, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (issuer TEXT PRIMARY KEY, counter INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), medium TEXT, unknown INTEGER);
"""
"""`counter` has the highest that was taken of each issuer of commands. `state` has its row once the copy
holds everything; `unknown` is until when nobody knows (microseconds).
"""

_NOISE = """
SELECT (SELECT count(*) FROM used WHERE typeof(kind) != 'text' OR typeof(name) != 'text')
     + (SELECT count(*) FROM counter WHERE typeof(issuer) != 'text' OR typeof(counter) != 'integer')
"""


_RAISE = """
INSERT INTO counter VALUES (?, ?) ON CONFLICT (issuer) DO UPDATE SET counter = max(counter, excluded.counter)
"""

_Change = tuple[str, Sequence[tuple[object, ...]]]
"""A statement, and the rows that it is carried out for."""


class UsedCopy:
    """The copy at `path`, in a folder of the gate's own. A copy that fails is logged, and raises nothing.

    `complete`: all that was used before this start is in it, but for what was used until `unknown`. Without
    a file it is so only where the folder is empty: in any other this gate ran before.
    """

    def __init__(self, path: Path, storage: Storage = REAL_STORAGE) -> None:
        self._path = path
        self._storage = storage
        self.complete = False
        self.unknown = 0
        self._connection: sqlite3.Connection | None = None
        self._log = structlog.get_logger("edge.journal")
        self._behind: set[tuple[str, str]] = set()
        self._counters_behind: dict[str, int] = {}
        self._gone: set[str] = set()
        self._logged = ""
        try:
            self._open()
        except (sqlite3.Error, OSError) as error:
            self._log_once(f"{error}; {set_aside(path)}")
            with suppress(sqlite3.Error, OSError):
                self._open()
            self.complete = False

    def names(self, kind: str) -> list[str]:
        """The names of this kind that were used up; a copy that cannot be read is not complete."""
        return [name for (name,) in self._read("SELECT name FROM used WHERE kind = ?", kind)]

    def counters(self) -> dict[str, int]:
        """The highest counter of each issuer; a copy that cannot be read is not complete."""
        return dict(self._read("SELECT issuer, counter FROM counter"))

    def keep(
        self,
        used: Iterable[tuple[str, str]],
        counters: Mapping[str, int],
        issuers: frozenset[str] | None = None,
    ) -> None:
        """Store what was used up, by kind and name, and counters, of which none goes back.

        Of others than `issuers` none is kept (None: all are). What cannot be stored now is stored with the
        next.
        """
        self._behind.update(used)
        self._counters_behind.update(counters)
        if issuers is not None:
            self._gone = self.counters().keys() - issuers
        if self._is_behind() and self._wrote(
            ("INSERT OR IGNORE INTO used VALUES (?, ?)", sorted(self._behind)),
            (_RAISE, sorted(self._counters_behind.items())),
            ("DELETE FROM counter WHERE issuer = ?", [(issuer,) for issuer in sorted(self._gone)]),
        ):
            self._behind.clear()
            self._counters_behind.clear()
            self._gone = set()

    def remove(self, used: tuple[str, str]) -> None:
        """Take out what was given back; what cannot be taken out stays used from the next start on."""
        self._behind.discard(used)
        self._wrote(("DELETE FROM used WHERE kind = ? AND name = ?", [used]))

    def settle(self, unknown: int) -> None:
        """Note that the copy is complete from now on, except for uses until `unknown` (0: for none)."""
        if self._is_behind() or self._connection is None:
            return
        with suppress(OSError):
            row = (self._storage.medium(self._path), unknown)
            if self._wrote(("INSERT OR REPLACE INTO state VALUES (1, ?, ?)", [row])):
                self.complete, self.unknown = True, unknown

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # --- inside --------------------------------------------------------------------------------

    def _open(self) -> None:
        make_folder(self._path.parent)
        first = not any(self._path.parent.iterdir())
        if self._path.is_symlink() or (self._path.exists() and not self._path.is_file()):
            raise OSError(f"{self._path.name} is not a regular file")
        own(self._path)
        connection = self._storage.connect(self._path, timeout=0.5)
        try:
            # One file beside it that stays: nothing is lost with a log that somebody removes, and deleting
            # the file at each use would cost one more sync.
            connection.execute("PRAGMA journal_mode = PERSIST")
            connection.execute("PRAGMA synchronous = FULL")
            [(answer,), *_] = connection.execute("PRAGMA quick_check(1)").fetchall()
            if answer != "ok":
                raise sqlite3.DatabaseError(answer)
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
            row = connection.execute("SELECT medium, unknown FROM state").fetchone()
            [(noise,)] = connection.execute(_NOISE).fetchall()
            if noise or (row is not None and type(row[1]) is not int):
                raise sqlite3.DatabaseError("it has noise in the place of a name or a time")
        except sqlite3.Error:
            connection.close()
            raise
        self._connection = connection
        if row is not None:
            self.complete, self.unknown = row[0] == self._storage.medium(self._path), row[1]
        else:
            self.complete = first

    def _is_behind(self) -> bool:
        return bool(self._behind or self._counters_behind or self._gone)

    def _read(self, query: str, *values: str) -> list[Any]:
        if self._connection is None:
            return []
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            self._log_once(str(error))
            self.complete = False
            return []

    def _wrote(self, *changes: _Change) -> bool:
        if self._connection is None:
            return False
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                for statement, rows in changes:
                    self._connection.executemany(statement, rows)
        except sqlite3.Error as error:
            self._log_once(str(error))
            return False
        self._logged = ""
        return True

    def _log_once(self, problem: str) -> None:
        if problem != self._logged:
            self._log.error("used_passes_not_kept_twice", where=str(self._path), problem=problem)
        self._logged = problem
