"""A second record of what was used up, apart from the journal: it survives the loss of the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from edge.journal.medium import medium_of
from edge.support.files import make_folder, own, set_aside

FILE_NAME = "used.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS used (kind TEXT, name TEXT, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), medium TEXT, unknown INTEGER);
"""
"""`state` has its row once the copy holds everything; `unknown` is until when nobody knows (microseconds)."""

_NOISE = "SELECT count(*) FROM used WHERE typeof(kind) != 'text' OR typeof(name) != 'text'"


class UsedCopy:
    """The copy at `path`, in a folder of the gate's own. A copy that fails is logged, and raises nothing.

    `complete`: all that was used before this start is in it, but for what was used until `unknown`. Without
    a file it is so only where the folder is empty: in any other this gate ran before.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.complete = False
        self.unknown = 0
        self._connection: sqlite3.Connection | None = None
        self._log = structlog.get_logger("edge.journal")
        self._behind: set[tuple[str, str]] = set()
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
        if self._connection is None:
            return []
        try:
            rows = self._connection.execute("SELECT name FROM used WHERE kind = ?", (kind,)).fetchall()
        except sqlite3.Error as error:
            self._log_once(str(error))
            self.complete = False
            return []
        return [name for (name,) in rows]

    def keep(self, used: Iterable[tuple[str, str]]) -> None:
        """Store what was used up, by kind and name; what cannot be stored now is stored with the next."""
        self._behind.update(used)
        if self._behind and self._wrote("INSERT OR IGNORE INTO used VALUES (?, ?)", sorted(self._behind)):
            self._behind.clear()

    def settle(self, unknown: int) -> None:
        """Note that the copy is complete from now on, except for uses until `unknown` (0: for none)."""
        if self._behind or self._connection is None:
            return
        with suppress(OSError):
            row = (medium_of(self._path), unknown)
            if self._wrote("INSERT OR REPLACE INTO state VALUES (1, ?, ?)", [row]):
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
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=0.5)
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
            self.complete, self.unknown = row[0] == medium_of(self._path), row[1]
        else:
            self.complete = first

    def _wrote(self, statement: str, rows: Sequence[tuple[object, ...]]) -> bool:
        if self._connection is None:
            return False
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
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
