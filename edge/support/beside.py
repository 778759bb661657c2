"""What SQLite keeps beside a database: opened with the database, and not at the first statement."""

from __future__ import annotations

import sqlite3


def open_beside(connection: sqlite3.Connection, *, writes: bool) -> None:
    """Have SQLite open its log now, while the caller acts as another user; raises sqlite3.Error, closed."""
    try:
        if writes:  # of a new one it is opened when this is said
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
