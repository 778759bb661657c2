"""Entries held at gates: by hand or by a limit, and what each gate was asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "entry_hold",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by_limit", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "entry_hold_open",
        "entry_hold",
        ["what", "by_limit"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "entry_hold_gate",
        sa.Column("hold", _NUMBER, sa.ForeignKey("entry_hold.number"), primary_key=True),
        sa.Column("device", sa.Text(), sa.ForeignKey("device.id"), primary_key=True),
    )
    op.create_table(
        "entry_hold_asked",
        sa.Column("device", sa.Text(), sa.ForeignKey("device.id"), primary_key=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("may_hold", sa.BigInteger(), nullable=False),
        sa.Column("request", _NUMBER, sa.ForeignKey("command_request.number"), nullable=True),
    )
