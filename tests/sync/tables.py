"""New SQLite files with central's tables: copies of one, as to migrate it takes half a second."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
import sqlalchemy as sa

from sync.central import store
from sync.central.store import migrate_store
from tests.made_once import made_once

_SQLITE = "sqlite:///"


def make_tables(url: str) -> None:
    """Make the tables at `url`, as `migrate_store` does."""
    path = Path(url.removeprefix(_SQLITE))
    if not url.startswith(_SQLITE) or path.exists():
        migrate_store(url)
        return
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_migrated())


@contextmanager
def tables_by_statements(folders: pytest.TempPathFactory) -> Iterator[None]:
    """Until the block ends, SQLite's empty files get what all migrations leave, and not one after the other:
    stories of commands make a centre each.
    """
    migrate = store._migrate

    def made(connection: sa.Connection, version: str = "head") -> None:
        if (
            connection.dialect.name != "sqlite"
            or version != "head"
            or sa.inspect(connection).get_table_names()
        ):
            migrate(connection, version)
            return
        for statement in statements():
            connection.exec_driver_sql(statement)

    @cache
    def statements() -> list[str]:
        made_by_all = made_once(folders, "central-tables.json", lambda path: _write_statements(migrate, path))
        return msgspec.json.decode(made_by_all.read_bytes(), type=list[str])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_migrate", made)
        yield


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "central.sqlite"
        migrate_store(f"{_SQLITE}{path}")
        return path.read_bytes()


def _write_statements(migrate: Callable[[sa.Connection], None], path: Path) -> None:
    """What makes the tables that `migrate` has made."""
    engine = sa.create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            migrate(connection)
            opened = connection.connection.dbapi_connection
            assert isinstance(opened, sqlite3.Connection)
            dumped = [each for each in opened.iterdump() if each not in {"BEGIN TRANSACTION;", "COMMIT;"}]
            path.write_bytes(msgspec.json.encode(dumped))
    finally:
        engine.dispose()
