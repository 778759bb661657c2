"""Temperatures are counted by chain and hour, from the stored events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from sync.central.temperature.core import counts_of, reading_in

revision = "0033"
down_revision = "0032"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "temperature_count",
        sa.Column("chain", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("begin", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["chain"], ["chain.number"]),
        sa.PrimaryKeyConstraint("chain", "begin", "what"),
        sqlite_with_rowid=False,
    )
    op.create_index("temperature_count_begin", "temperature_count", ["begin"])
    fill(op.get_bind())


_PAGE = 2000
_CHAINS = sa.text("SELECT number FROM chain ORDER BY number")
_EVENTS = sa.text(
    "SELECT sequence, at, kind, body FROM event"
    " WHERE chain = :chain AND sequence > :after ORDER BY sequence LIMIT :most"
)
_COUNT = sa.text(
    "INSERT INTO temperature_count (chain, begin, what, times) VALUES (:chain, :begin, :what, :times)"
    " ON CONFLICT (chain, begin, what) DO UPDATE SET times = temperature_count.times + excluded.times"
)


def fill(connection: sa.Connection, page: int = _PAGE) -> None:
    """Count the readings of every stored event, a page of one chain at a time."""
    for chain in connection.execute(_CHAINS).scalars().all():
        after = -1
        while events := _events(connection, chain, after, page):
            after = events[-1].sequence
            found = ((each.at, reading_in(each.kind, each.body)) for each in events)
            counts = counts_of((at, reading) for at, reading in found if reading is not None)
            rows = [{"chain": chain, **key._asdict(), "times": times} for key, times in counts.items()]
            if rows:
                connection.execute(_COUNT, rows)


def _events(connection: sa.Connection, chain: int, after: int, most: int) -> Sequence[sa.Row[Any]]:
    return connection.execute(_EVENTS, {"chain": chain, "after": after, "most": most}).all()
