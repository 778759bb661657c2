"""A copy of an SQLite database as it is at one moment, while others write to it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from edge.backup.errors import BackupError
from edge.support.files import leave_to_owner

MAGIC = b"SQLite format 3\x00"
_PIECE = 1 << 20
_PAGES = 2_000
_SPARE = 64 << 20


@dataclass(frozen=True)
class Copy:
    """A copy of a database, at `path` until its pieces are asked for: then it lasts while they are read."""

    path: Path

    def pieces(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            remove(self.path)  # it lasts while it is open, and no crash leaves it there
            while piece := file.read(_PIECE):
                yield piece


@contextmanager
def copied(path: Path, into: Path | None = None) -> Iterator[Copy]:
    """A copy of the database at `path`, as it is now. While the block lasts it lies beside it, or in `into`:
    for a database of somebody else's, beside which this process may write nothing. Raises BackupError.

    It is in the clear: `into` is a folder that is closed to others, and on no disk that backups go to.
    """
    folder = path.parent if into is None else into
    aside = folder / f".{path.name}.backup"
    remove(aside)
    size, free = path.stat().st_size, shutil.disk_usage(folder).free
    if free < size + _SPARE:
        raise BackupError(
            f"a copy needs {(size + _SPARE) >> 20} MiB in {folder}, and {free >> 20} MiB are free",
            where=str(path),
            remedy="make room there",
        )
    try:
        _copy(path, aside)
        yield Copy(aside)
    except OSError as error:
        if error.filename != str(aside):
            raise
        raise BackupError(
            f"cannot be copied to {folder}: {error.strerror}",
            where=str(path),
            remedy="run this as a user who may write there",
        ) from None
    except sqlite3.Error as error:
        raise BackupError(
            f"could not be copied: {error}", where=str(path), remedy="look at its disk"
        ) from None
    finally:
        remove(aside)


def check(path: Path) -> None:
    """Raise BackupError where a database that was put back is not whole."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"is no whole database: {error}", where=str(path)) from None
    if found != ("ok",):
        raise BackupError(f"is no whole database: {found[0]}", where=str(path))


def _copy(path: Path, aside: Path) -> None:
    descriptor = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        leave_to_owner(descriptor, aside)
    finally:
        os.close(descriptor)
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as source,
        closing(sqlite3.connect(aside)) as target,
    ):
        source.execute("PRAGMA busy_timeout = 20000")
        # One read transaction: all pages are of one moment, and no writer makes it begin again.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(target, pages=_PAGES, sleep=0)
        # A file of its own: the log of what follows would not come along.
        target.execute("PRAGMA journal_mode = DELETE")


def remove(aside: Path) -> None:
    """Remove a database, with what SQLite may have left beside it."""
    for ending in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            aside.with_name(aside.name + ending).unlink()
