"""Databases with central's tables, as copies of one that was migrated: that takes longer than most tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from sync.central.store import migrate_store

Make = Callable[[str], object]
"""Fills the empty database at a URL."""


class MigratedCopies:
    """Fills empty databases with what `make` makes in one, which it does once for each kind; `name` is that
    of the template that is copied, in `folder` and in each PostgreSQL cluster.
    """

    def __init__(self, folder: Path, make: Make = migrate_store, name: str = "migrated") -> None:
        self._folder, self._make, self._name = folder, make, name
        self._templates: set[str] = set()

    def fill(self, url: str) -> None:
        """Fill the empty database at `url`."""
        copy: Callable[[str], None] = self._sqlite if url.startswith("sqlite:") else self._postgresql
        copy(url)

    def _sqlite(self, url: str) -> None:
        template = self._folder / f"{self._name}.sqlite"
        if not template.exists():
            self._make(f"sqlite:///{template}")
        shutil.copyfile(template, url.removeprefix("sqlite:///"))

    def _postgresql(self, url: str) -> None:
        if url in self._templates:
            _made_anew(url, template=self._name)
            return
        self._make(url)
        with _beside(url) as connection:
            _copy(connection, Identifier(self._name), Identifier(_name_of(url)))
        self._templates.add(url)


def empty(url: str) -> None:
    """Take everything out of a PostgreSQL database."""
    _made_anew(url, template="template0")


def _made_anew(url: str, *, template: str) -> None:
    name = Identifier(_name_of(url))
    with _beside(url) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        _copy(connection, name, Identifier(template))


def _copy(connection: psycopg.Connection, name: Identifier, template: Identifier) -> None:
    # As files, which takes two thirds of the time that it takes by the log.
    words = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    connection.execute(words.format(name, template))


def _name_of(url: str) -> str:
    return str(conninfo_to_dict(url)["dbname"])


def _beside(url: str) -> psycopg.Connection:
    """A connection to another database of the same cluster: none is dropped or copied from within."""
    return psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True)
