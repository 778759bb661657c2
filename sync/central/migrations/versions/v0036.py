"""Orders to stay at home are kept with their history; exits in isolation, and home visits."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from edge.signing.cose import microseconds

revision = "0036"
down_revision = "0035"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("subject", sa.Column("isolated_since", sa.BigInteger(), nullable=True))
    op.add_column("subject", sa.Column("isolated_until", sa.BigInteger(), nullable=True))
    op.create_index("subject_isolated", "subject", ["site", "isolated_since"])
    op.create_table(
        "isolation_change",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("change_set", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index("isolation_change_subject", "isolation_change", ["site", "subject", "number"])
    _exits()
    _visits()
    fill(op.get_bind())


def _exits() -> None:
    op.create_table(
        "isolation_exit",
        sa.Column("chain", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("ordered", sa.BigInteger(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("registry", sa.BigInteger(), nullable=True),
        sa.Column("let_out", sa.BigInteger(), nullable=True),
        sa.Column("let_out_at", sa.BigInteger(), nullable=True),
        sa.Column("staff", sa.Text(), nullable=True),
        sa.Column("passed", sa.BigInteger(), nullable=True),
        sa.Column("passed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["chain"], ["chain.number"]),
        sa.PrimaryKeyConstraint("chain", "sequence"),
        sqlite_with_rowid=False,
    )
    op.create_index("isolation_exit_site", "isolation_exit", ["site", "at"])
    op.create_index("isolation_exit_subject", "isolation_exit", ["site", "subject", "at"])


def _visits() -> None:
    op.create_table(
        "home_visit",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("task", sa.BigInteger(), nullable=False),
        sa.Column("overdue_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["site.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("site", "subject", "occasion", "due_at", name="home_visit_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("home_visit_due", "home_visit", ["ended_at", "due_at"])
    op.create_table(
        "home_visit_rule",
        sa.Column("place", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("at_begin", sa.Boolean(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("at_end", sa.Boolean(), nullable=False),
        sa.Column("within", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["place"], ["place.number"]),
        sa.PrimaryKeyConstraint("place"),
    )


_PAGE = 1000
_SUBJECTS = sa.text(
    "SELECT site, id, record FROM subject WHERE site > :site OR (site = :site AND id > :id)"
    " ORDER BY site, id LIMIT :most"
)
_SET = sa.text(
    "UPDATE subject SET isolated_since = :since, isolated_until = :until WHERE site = :site AND id = :id"
)
_CHANGE = sa.text(
    "INSERT INTO isolation_change (site, subject, record, actor, change_set, at)"
    " VALUES (:site, :id, :order, '', NULL, :since)"
)
_TOLD = sa.text(
    "SELECT access.chain, access.sequence, access.at, access.received_at, access.site, access.device,"
    " access.gate, access.subject, access.reason, access.registry FROM access"
    " WHERE access.direction = 'exit' AND access.reason = 'home_isolation'"
)
_EXIT = sa.text(
    "INSERT INTO isolation_exit (chain, sequence, at, received_at, site, device, gate, subject, ordered, how,"
    " reason, registry) VALUES (:chain, :sequence, :at, :received_at, :site, :device, :gate, :subject,"
    " NULL, 'tried', :reason, :registry)"
)


def fill(connection: sa.Connection, page: int = _PAGE) -> None:
    """Keep the orders that hold, from their begin on: nobody knows who gave them; and the exits that gates
    refused for isolation. No alarm is raised of what was.
    """
    site = identity = ""
    while rows := connection.execute(_SUBJECTS, {"site": site, "id": identity, "most": page}).all():
        site, identity = rows[-1].site, rows[-1].id
        held = [found for row in rows if (found := _order(row)) is not None]
        if held:
            connection.execute(_SET, held)
            connection.execute(_CHANGE, held)
    told = [dict(row) for row in connection.execute(_TOLD).mappings()]
    if told:
        connection.execute(_EXIT, told)


def _order(row: sa.Row[Any]) -> dict[str, Any] | None:
    order = json.loads(row.record).get("isolation")
    if order is None:
        return None
    until = order.get("until")
    return {
        "site": row.site,
        "id": row.id,
        "since": _microseconds(order["since"]),
        "until": None if until is None else _microseconds(until),
        "order": json.dumps(order, ensure_ascii=False).encode(),
    }


def _microseconds(text: str) -> int:
    return microseconds(datetime.fromisoformat(text))
