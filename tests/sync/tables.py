"""New SQLite files with central's tables: copies of one, as to migrate it takes half a second."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sync.central.store import migrate_store

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


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "central.sqlite"
        migrate_store(f"{_SQLITE}{path}")
        return path.read_bytes()
