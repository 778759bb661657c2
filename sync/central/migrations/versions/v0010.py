"""The accesses of all gates as rows, and what they come to in spans of time, from the stored events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from sync.central.accesses.core import CountedAccess, counts_of, facts_of

revision = "0010"
down_revision = "0009"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "access",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("chain", _NUMBER, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("registry", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["chain"], ["chain.number"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("chain", "sequence", name="access_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("access_site", "access", ["site", "at", "number"])
    op.create_index("access_device", "access", ["device", "at", "number"])
    op.create_index("access_subject", "access", ["site", "subject", "at", "number"])
    op.create_table(
        "access_count",
        sa.Column("chain", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("span", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("begin", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.BigInteger(), nullable=False),
        sa.Column("corrected_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["chain"], ["chain.number"]),
        sa.PrimaryKeyConstraint("chain", "span", "begin", "what"),
        sqlite_with_rowid=False,
    )
    fill(op.get_bind())


_PAGE = 2000
_CHAINS = sa.text(
    "SELECT chain.number, device.id AS device, device.site, device.gate"
    " FROM chain JOIN device ON device.id = chain.device ORDER BY chain.number"
)
_EVENTS = sa.text(
    "SELECT sequence, at, received_at, kind, body FROM event"
    " WHERE chain = :chain AND sequence > :after ORDER BY sequence LIMIT :most"
)
_ACCESS = sa.text(
    "INSERT INTO access (chain, sequence, at, received_at, site, device, gate, direction, outcome, reason,"
    " rule, subject, means, registry) VALUES (:chain, :sequence, :at, :received_at, :site, :device, :gate,"
    " :direction, :outcome, :reason, :rule, :subject, :means, :registry)"
)
_COUNT = sa.text(
    "INSERT INTO access_count (chain, span, begin, what, times, late, corrected_at)"
    " VALUES (:chain, :span, :begin, :what, :times, :late, :corrected_at)"
    " ON CONFLICT (chain, span, begin, what) DO UPDATE SET times = access_count.times + excluded.times,"
    " late = access_count.late + excluded.late,"
    " corrected_at = coalesce(excluded.corrected_at, access_count.corrected_at)"
)


def fill(connection: sa.Connection, page: int = _PAGE) -> None:
    """Keep the accesses of every stored event, a page of one chain at a time."""
    for chain in connection.execute(_CHAINS).all():
        after = -1
        while events := _events(connection, chain.number, after, page):
            after = events[-1].sequence
            _keep(connection, chain, events)


def _events(connection: sa.Connection, chain: int, after: int, most: int) -> Sequence[sa.Row[Any]]:
    return connection.execute(_EVENTS, {"chain": chain, "after": after, "most": most}).all()


def _keep(connection: sa.Connection, chain: sa.Row[Any], events: Sequence[sa.Row[Any]]) -> None:
    fixed = {"chain": chain.number, "device": chain.device, "site": chain.site, "gate": chain.gate}
    found = [(event, facts) for event in events if (facts := facts_of(event.kind, event.body)) is not None]
    if not found:
        return
    rows = [
        fixed
        | {"sequence": event.sequence, "at": event.at, "received_at": event.received_at}
        | msgspec.structs.asdict(facts)
        | {"means": facts.means.value}
        for event, facts in found
    ]
    connection.execute(_ACCESS, rows)
    counts = counts_of(CountedAccess(event.at, event.received_at, facts) for event, facts in found)
    connection.execute(
        _COUNT, [{"chain": chain.number} | key._asdict() | count._asdict() for key, count in counts.items()]
    )
