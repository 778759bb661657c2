"""SQLite on files that are watched: each change is told before it is made, and may be refused.

APSW brings a SQLite of its own and lets a VFS be written in Python; `Connection` gives it the ways, and the
errors, of the standard library's that the product uses.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, Protocol, Self

import apsw

from tests.simulation.disk import Delete, Make, Step, Sync, Truncate, Write


class Watcher(Protocol):
    """Who opened a file, and is told what happens to it."""

    @property
    def read_only(self) -> bool:
        """Whether files are opened for reading only, whatever is asked for."""

    @property
    def full(self) -> bool:
        """Whether it matters that a file grows."""

    def name_of(self, path: str) -> str | None:
        """The name by which a file is told; None: it is none of those that are watched."""

    def about_to(self, step: Step, *, grows: bool = False) -> bool:
        """Hear a change before it is made; raises to refuse it. False: leave it undone and say nothing."""


class WatchedFiles(apsw.VFS):
    """The operating system's files, watched by whoever `opened_by` names when one is opened.

    What SQLite draws from now on (salts of its logs), it draws from `random`.
    """

    def __init__(self, name: str, opened_by: Callable[[], Watcher], random: Random) -> None:
        self._opened_by, self._random = opened_by, random
        super().__init__(name, "unix", makedefault=True)
        apsw.randomness(0)

    def xRandomness(self, numbytes: int) -> bytes:  # noqa: N802 - SQLite's names
        return self._random.randbytes(numbytes)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's names
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        watcher = self._opened_by()
        short = None if path is None else watcher.name_of(path)
        if short is None:
            return apsw.VFSFile("unix", name, flags)
        if flags[0] & apsw.SQLITE_OPEN_CREATE and not Path(path).exists():
            if not watcher.about_to(Make(short)):
                raise apsw.CantOpenError
        elif watcher.read_only:
            writes = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
            flags[0] = flags[0] & ~writes | apsw.SQLITE_OPEN_READONLY
        return _WatchedFile(name, flags, short, watcher)

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        watcher = self._opened_by()
        short = watcher.name_of(name) if Path(name).exists() else None
        if short is None or watcher.about_to(Delete(short, at_once=bool(syncdir))):
            super().xDelete(name, syncdir)


class _WatchedFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], short: str, watcher: Watcher) -> None:
        self._short, self._watcher = short, watcher
        super().__init__("unix", name, flags)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
        written = bytes(data)
        grows = self._watcher.full and offset + len(written) > self.xFileSize()
        if self._watcher.about_to(Write(self._short, offset, written), grows=grows):
            super().xWrite(written, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        if self._watcher.about_to(Truncate(self._short, size)):
            super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802, ARG002
        # Nothing is under it: what a sync is worth, whoever watches knows.
        self._watcher.about_to(Sync(self._short))


_KINDS: dict[int, type[sqlite3.Error]] = {
    **dict.fromkeys((apsw.SQLITE_INTERNAL, apsw.SQLITE_NOTFOUND), sqlite3.InternalError),
    **dict.fromkeys(
        (
            apsw.SQLITE_ERROR,
            apsw.SQLITE_PERM,
            apsw.SQLITE_ABORT,
            apsw.SQLITE_BUSY,
            apsw.SQLITE_LOCKED,
            apsw.SQLITE_READONLY,
            apsw.SQLITE_INTERRUPT,
            apsw.SQLITE_IOERR,
            apsw.SQLITE_FULL,
            apsw.SQLITE_CANTOPEN,
            apsw.SQLITE_PROTOCOL,
            apsw.SQLITE_SCHEMA,
        ),
        sqlite3.OperationalError,
    ),
    apsw.SQLITE_TOOBIG: sqlite3.DataError,
    **dict.fromkeys((apsw.SQLITE_CONSTRAINT, apsw.SQLITE_MISMATCH), sqlite3.IntegrityError),
    **dict.fromkeys((apsw.SQLITE_MISUSE, apsw.SQLITE_RANGE), sqlite3.InterfaceError),
}
"""As `sqlite3` sorts SQLite's codes (Modules/_sqlite/util.c); every other is a DatabaseError."""


def translated(error: Exception) -> sqlite3.Error:
    """The standard library's error for one of APSW's, with its code."""
    if isinstance(error, UnicodeDecodeError):
        return sqlite3.OperationalError(f"Could not decode to UTF-8: {error}")
    code = getattr(error, "extendedresult", None)
    if code is None:
        return sqlite3.ProgrammingError(str(error))
    made = _KINDS.get(code & 0xFF, sqlite3.DatabaseError)(str(error) or "no more is said")
    made.sqlite_errorcode = code
    made.sqlite_errorname = str(apsw.mapping_extended_result_codes.get(code, code))
    return made


class Connection:
    """A connection by APSW, used as `sqlite3.Connection` with transactions begun by hand.

    A lock that another connection holds is an error at once: on one thread nobody lets it go meanwhile.
    `must_live` raises where the process that holds it is dead. It is asked before and after each call: what
    is raised within SQLite's callbacks may come while a statement is freed, where nobody hears it.
    """

    def __init__(
        self, path: Path, vfs: str, must_live: Callable[[], None], *, read_only: bool = False
    ) -> None:
        flags = apsw.SQLITE_OPEN_READONLY
        if not read_only:
            flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        self._must_live = must_live
        self.is_open = True
        with self._as_sqlite3():
            self._connection = apsw.Connection(str(path), vfs=vfs, flags=flags)
            self._connection.set_wal_hook(_checkpointed)

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, query: str, values: Any = ()) -> Answer:
        self._must_live()
        try:
            cursor = self._connection.execute(query, values)
            # What changes something is carried out to its end: what fails there is heard here.
            found = iter(cursor) if query.startswith("SELECT") else iter(cursor.fetchall())
            answer = Answer(self._connection, found)
        except (apsw.Error, UnicodeDecodeError) as error:
            self._must_live()
            raise translated(error) from None
        self._must_live()
        return answer

    def executemany(self, query: str, rows: Iterable[Any]) -> None:
        with self._as_sqlite3():
            self._connection.executemany(query, rows)

    def executescript(self, script: str) -> None:
        with self._as_sqlite3():
            self._connection.execute(script).fetchall()

    def commit(self) -> None:
        if self._connection.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        """Close it; what SQLite could not tidy up then is no error, as with the standard library."""
        if self.is_open:
            with suppress(sqlite3.Error), self._as_sqlite3():
                self._connection.close()
            self.is_open = False

    def drop(self) -> None:
        """Close it as the end of its process does: nothing is tidied up."""
        self.is_open = False
        with suppress(apsw.Error):
            self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        for _ in range(2):  # the first may fail at what is left of a statement
            with suppress(apsw.Error):
                self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self.rollback()
            return
        try:
            self.commit()
        except sqlite3.Error:
            self.rollback()
            raise

    @contextmanager
    def _as_sqlite3(self) -> Iterator[None]:
        self._must_live()
        try:
            yield
        except (apsw.Error, UnicodeDecodeError) as error:
            self._must_live()
            raise translated(error) from None
        self._must_live()


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except (apsw.Error, UnicodeDecodeError) as error:
        raise translated(error) from None


def _checkpointed(connection: apsw.Connection, database: str, pages: int) -> int:
    """Do what SQLite does by itself after a commit: an error of it is not the commit's."""
    if pages >= 1000:
        with suppress(apsw.Error):
            connection.wal_checkpoint(database)
    return apsw.SQLITE_OK


class Answer:
    """What a statement found, or did."""

    __slots__ = ("_found", "lastrowid", "rowcount")

    def __init__(self, connection: apsw.Connection, found: Iterator[Any]) -> None:
        self._found = found
        self.lastrowid = connection.last_insert_rowid()
        self.rowcount = connection.changes()

    def __iter__(self) -> Iterator[Any]:
        with _said():
            yield from self._found

    def fetchone(self) -> Any:
        with _said():
            return next(self._found, None)

    def fetchall(self) -> list[Any]:
        with _said():
            return list(self._found)
