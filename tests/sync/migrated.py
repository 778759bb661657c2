"""Databases with central's tables, as copies of one that was migrated: that takes longer than most tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from sync.central.store import migrate_store

_MIGRATED = "migrated"
"""The template that is copied, in each PostgreSQL cluster."""


class MigratedCopies:
    """Fills empty databases with what the migrations make, which it runs once for each kind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: set[str] = set()

    def fill(self, url: str) -> None:
        """Fill the empty database at `url`, as `migrate_store` does."""
        copy: Callable[[str], None] = self._sqlite if url.startswith("sqlite:") else self._postgresql
        copy(url)

    def _sqlite(self, url: str) -> None:
        migrated = self._folder / "migrated.sqlite"
        if not migrated.exists():
            migrate_store(f"sqlite:///{migrated}")
        shutil.copyfile(migrated, url.removeprefix("sqlite:///"))

    def _postgresql(self, url: str) -> None:
        if url in self._templates:
            _made_anew(url, template=_MIGRATED)
            return
        migrate_store(url)
        with _beside(url) as connection:
            statement = SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(statement.format(Identifier(_MIGRATED), Identifier(_name_of(url))))
        self._templates.add(url)


def empty(url: str) -> None:
    """Take everything out of a PostgreSQL database."""
    _made_anew(url, template="template0")


def _made_anew(url: str, *, template: str) -> None:
    name = Identifier(_name_of(url))
    with _beside(url) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(name, Identifier(template)))


def _name_of(url: str) -> str:
    return str(conninfo_to_dict(url)["dbname"])


def _beside(url: str) -> psycopg.Connection:
    """A connection to another database of the same cluster: none is dropped or copied from within."""
    return psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True)
