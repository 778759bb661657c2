"""What is set on each connection to central's database when it is made, and by whom it is made."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.engine import make_url

from edge.support.acting import acting_as_owner
from edge.support.beside import open_beside
from sync.central.acting import acting_as, known
from sync.central.server import knows_by_user

Connecting = Callable[[], AbstractContextManager[object]]
"""The while in which a connection is made: as another user, say, by whom a server knows it at its socket."""


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


def is_missing(url: str) -> bool:
    """Whether it is SQLite's file, and there is none."""
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError:
        return False
    name = parsed.database or ""
    return parsed.get_backend_name() == "sqlite" and name not in {"", ":memory:"} and not Path(name).exists()


def connecting_as(engine: sa.Engine, service_user: str, connecting: Connecting | None) -> sa.Engine:
    """The engine, whose connections are made within `connecting`: for root as `service_user`, or as the owner
    of a file.

    A server on this machine knows its clients by their system user, and has no role for root: root's
    commands connect as central. SQLite follows links: root opens its files with the rights of their folder's
    owner.
    """
    name = engine.url.database
    if engine.dialect.name == "sqlite" and name and name != ":memory:":
        connecting = partial(acting_as_owner, Path(name).absolute().parent)
    if connecting is None and os.geteuid() == 0 and knows_by_user(engine.url) and known(service_user):
        connecting = partial(acting_as, service_user)
    if connecting is not None:

        @sa_event.listens_for(engine, "do_connect")
        def on_connecting(dialect: sa.Dialect, _: object, words: list[Any], named: dict[str, Any]) -> Any:
            with connecting() as acts:
                made = dialect.connect(*words, **named)
                if acts and isinstance(made, sqlite3.Connection):
                    open_beside(made, writes=True)
                return made

    return engine
