"""Follows the accesses in the order in which they are stored: each once, whoever stores them.

A row has its number when it is written, and is seen when its transaction ends: on PostgreSQL a later number
may be seen first. So each transaction that writes holds a shared lock by the highest number that was given
out before its own, and a reader goes no further than the lowest of these. SQLite's writers queue.
"""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.accesses.tables import access

_TAG = 0x6770
"""In the upper 16 bits of the lock's key: no other part takes locks of this kind."""
_GIVEN = "(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM access_number_seq)"
_HOLD = sa.text(f"SELECT pg_advisory_xact_lock_shared(({_TAG}::bigint << 48) | {_GIVEN})")
_LAST = sa.text(f"SELECT {_GIVEN}")
_HELD = sa.text(
    f"SELECT min(((classid::bigint & 65535) << 32) | objid::bigint) FROM pg_locks"  # noqa: S608 - ours
    f" WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = {_TAG}"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_NEWEST = sa.select(sa.func.coalesce(sa.func.max(access.c.number), 0))


def hold_the_feed(connection: sa.Connection) -> None:
    """Let no reader pass what this transaction is about to number, until it ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(_HOLD)


def newest_number(connection: sa.Connection) -> int:
    """Up to which number everything that will ever be stored is there."""
    if connection.dialect.name != "postgresql":
        newest: int = connection.execute(_NEWEST).scalar_one()
        return newest
    # In this order: what was numbered before the first question is stored, or held at the second.
    last: int = connection.execute(_LAST).scalar_one()
    held: int | None = connection.execute(_HELD).scalar_one()
    return last if held is None else min(last, held)
