"""What is set on each connection to central's database when it is made."""

from __future__ import annotations

import sqlite3
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as sa_event


def durable(engine: sa.Engine) -> None:
    """Turn on every guarantee of SQLite; the store begins its transactions itself."""

    @sa_event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout = 20000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")


def arrays_in_binary(engine: sa.Engine) -> None:
    """Have arrays (sync.central.bulk) sent as they are: as text each item is escaped, which takes longer than
    the rest.
    """

    @sa_event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: object) -> None:
        from psycopg.types.array import ListBinaryDumper  # noqa: PLC0415 - only where it is PostgreSQL

        connection.adapters.register_dumper(list, ListBinaryDumper)
