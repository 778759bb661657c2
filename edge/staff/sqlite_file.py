"""Opens the SQLite files of the staff's side: each whole, of the version that is understood, with tables."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from edge.staff.file_errors import StaffFileError
from edge.support.storage import Storage


@dataclass(frozen=True)
class Layout:
    """What a file has in it: the tables of its `version`, and the `pragmas` that each connection begins with.
    `remedy` says what to do with a file of another version.
    """

    version: int
    schema: str
    pragmas: tuple[str, ...]
    remedy: str


def connected(path: Path, storage: Storage, layout: Layout) -> sqlite3.Connection:
    """A connection to the file at `path`, which is made where there is none. Raises sqlite3.Error, and
    StaffFileError for a file of another version.
    """
    with ExitStack() as opened:
        connection = storage.connect(path)
        opened.callback(connection.close)
        for pragma in layout.pragmas:
            connection.execute(f"PRAGMA {pragma}")
        [(answer,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
        if answer != "ok":
            raise sqlite3.DatabaseError(answer)
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            _lay_out(connection, path, layout)
        opened.pop_all()
    return connection


def _lay_out(connection: sqlite3.Connection, path: Path, layout: Layout) -> None:
    [(version,)] = connection.execute("PRAGMA user_version").fetchall()
    if version not in {0, layout.version}:
        raise StaffFileError(
            f"is of version {version}, this Gatepost understands version {layout.version}",
            where=str(path),
            remedy=layout.remedy,
        )
    if version == 0:
        for statement in filter(str.strip, layout.schema.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {layout.version}")
