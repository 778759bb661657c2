"""Databases with central's tables, as copies of one that was migrated: that takes longer than most tests."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import sqlalchemy as sa

from sync.central.store import migrate_store


class MigratedCopies:
    """Fills empty databases with what the migrations make, which it runs once for each kind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._statements = ""

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
        if not self._statements:
            migrate_store(url)
            self._statements = _dumped(url)
            empty(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(self._statements.encode())


def empty(url: str) -> None:
    """Take everything out of a PostgreSQL database."""
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    engine.dispose()


def _dumped(url: str) -> str:
    """The statements that make what lies in a PostgreSQL database."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    command = [str(programs[-1] / "pg_dump"), "--inserts", "--no-owner", "--no-privileges", url]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    # Of psql, and of a schema that is there: neither is a statement for an empty database.
    return "\n".join(
        line
        for line in text.splitlines()
        if not line.startswith(("\\", "CREATE SCHEMA", "COMMENT ON SCHEMA"))
    )
