"""Makes the months of the table `event` ahead, where the database is PostgreSQL.

A month is by the centre's own clock (`received_at`): what a gate's clock says makes no partition. Each has
its own key (chain, sequence); that an event is in one month only, a trigger sees to, under its chain's lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa

from sync.central.store import Store
from sync.central.units import SECOND

AHEAD = 3
"""So many months are there before they begin."""


def make_partitions(store: Store, now: int) -> list[str]:
    """Make the months that are missing from this one on; returns what somebody should know. It waits for
    nobody for longer than two seconds: then the next call tries again. Raises StoreError.
    """
    with store.reading() as connection:
        if connection.dialect.name != "postgresql":
            return []
        there = {*connection.execute(_PARTITIONS).scalars()}
        covered = connection.execute(_FIRST_MONTH).scalar()
    for name, begin, end in _months(now):
        if name not in there and (covered is None or begin >= int(covered)):
            _make(store, name, begin, end)
    with store.reading() as connection:
        stray = connection.execute(
            sa.text("SELECT count(*) FROM (SELECT 1 FROM event_other LIMIT 1000) AS o")
        )
        count = stray.scalar_one()
    return (
        [f"{count} events lie in no month: the clock of this computer was wrong when they came"]
        if count
        else []
    )


# --- inside --------------------------------------------------------------------------------

_PARTITIONS = sa.text(
    "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
    " JOIN pg_class parent ON parent.oid = inhparent WHERE parent.relname = 'event'"
    " AND pg_table_is_visible(parent.oid)"
)
_FIRST_MONTH = sa.text(
    "SELECT substring(pg_get_expr(relpartbound, oid) FROM 'TO \\(''?([0-9]+)''?\\)')::bigint"
    " FROM pg_class WHERE relname = 'event_before' AND pg_table_is_visible(oid)"
)
"""Where the first month begins behind what was there before there were months."""
_NAME = re.compile(r"event_[0-9]{4}_[0-9]{2}")


def _months(now: int) -> Iterator[tuple[str, int, int]]:
    """Name, beginning and end of this month and of those ahead."""
    today = datetime.fromtimestamp(now // SECOND, UTC)
    for ahead in range(AHEAD + 1):
        months = today.year * 12 + today.month - 1 + ahead
        begin, end = _month(months), _month(months + 1)
        yield f"event_{begin:%Y_%m}", int(begin.timestamp()) * SECOND, int(end.timestamp()) * SECOND


def _month(months: int) -> datetime:
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def _make(store: Store, name: str, begin: int, end: int) -> None:
    """A table of its own first: to be attached it needs no lock that keeps gates' events out."""
    assert _NAME.fullmatch(name)  # noqa: S101 - it goes into statements as it is
    with store.writing() as connection:
        connection.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
        connection.execute(sa.text(f"CREATE TABLE IF NOT EXISTS {name} (LIKE event INCLUDING DEFAULTS)"))
        has_key = sa.text(
            "SELECT count(*) FROM pg_constraint WHERE conrelid = to_regclass(:name) AND contype = 'p'"
        )
        if not connection.execute(has_key, {"name": name}).scalar_one():
            connection.execute(sa.text(f"ALTER TABLE {name} ADD PRIMARY KEY (chain, sequence)"))
        connection.execute(
            sa.text(f"ALTER TABLE event ATTACH PARTITION {name} FOR VALUES FROM ({begin:d}) TO ({end:d})")
        )
