"""Waits until the database makes a transaction of another thread wait."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import sqlalchemy as sa


def until_it_waits(connection: sa.Connection, other: Future[Any]) -> None:
    """Return once `other` waits for what `connection` holds on PostgreSQL, or has ended; on SQLite, whose
    writers queue from their beginning, at once.
    """
    if connection.dialect.name == "postgresql":
        waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not connection.execute(waits).scalar_one() and not other.done():
            pass
