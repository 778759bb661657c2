"""Looks at people's records, consent, erasures, and what of a record lists are filtered by."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

# SQLite numbers rows by itself only if the key is an INTEGER.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BETWEEN = "\x1f"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    op.create_table(
        "look",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("site", sa.Text(), sa.ForeignKey("site.id"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closes_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("look_subject", "look", ["site", "subject", "opened_at"])
    op.create_table(
        "consent",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("consent_subject", "consent", ["site", "subject", "number"])
    op.create_table(
        "erasure",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("reference", sa.Text(), nullable=False, unique=True),
        sa.Column("site", sa.Text(), sa.ForeignKey("site.id"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("erased", sa.JSON(), nullable=False),
    )
    op.create_index("erasure_subject", "erasure", ["site", "subject"])
    op.add_column("subject", sa.Column("address", sa.Text(), nullable=False, server_default=""))
    op.add_column("subject", sa.Column("groups", sa.Text(), nullable=False, server_default=""))
    op.add_column("subject", sa.Column("status", sa.Text(), nullable=True))
    for name in ("status_since", "status_until", "valid_until"):
        op.add_column("subject", sa.Column(name, sa.BigInteger(), nullable=True))
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """Write into the columns what the records say."""
    names = (
        "site",
        "id",
        "record",
        "address",
        "groups",
        "status",
        "status_since",
        "status_until",
        "valid_until",
    )
    subject = sa.table("subject", *(sa.column(name) for name in names))
    change = (
        sa.update(subject)
        .where(subject.c.site == sa.bindparam("of_site"), subject.c.id == sa.bindparam("of_id"))
        .values({name: sa.bindparam(f"new_{name}") for name in names[3:]})
    )
    rows = connection.execute(sa.select(subject.c.site, subject.c.id, subject.c.record)).all()
    if rows:
        connection.execute(change, [_row(row.site, row.id, json.loads(row.record)) for row in rows])


def _row(site: str, identity: str, record: dict[str, object]) -> dict[str, object]:
    status = record.get("status")
    grounds: dict[str, object] = status if isinstance(status, dict) else {}
    groups = record.get("groups")
    names = sorted(map(str, groups)) if isinstance(groups, list) else []
    return {
        "of_site": site,
        "of_id": identity,
        "new_address": record.get("address", ""),
        "new_groups": f"{_BETWEEN}{_BETWEEN.join(names)}{_BETWEEN}",
        "new_status": grounds.get("value"),
        "new_status_since": _microseconds(grounds.get("since")),
        "new_status_until": _microseconds(grounds.get("until")),
        "new_valid_until": _microseconds(record.get("valid_until")),
    }


def _microseconds(at: object) -> int | None:
    if not isinstance(at, str):
        return None
    return (datetime.fromisoformat(at) - _EPOCH) // timedelta(microseconds=1)
