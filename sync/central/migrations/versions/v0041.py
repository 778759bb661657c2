"""Roll-outs of software, by stages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rollout",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("place", _NUMBER, sa.ForeignKey("place.number")),
        sa.Column("shares", sa.Text(), nullable=False),
        sa.Column("most_failed", sa.Integer(), nullable=False),
        sa.Column("soak", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("stopped", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "rollout_running",
        "rollout",
        ["version"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "rollout_gate",
        sa.Column("rollout", _NUMBER, sa.ForeignKey("rollout.number"), primary_key=True, autoincrement=False),
        sa.Column("device", sa.Text(), sa.ForeignKey("device.id"), primary_key=True),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.BigInteger()),
        sa.Column("request", _NUMBER, sa.ForeignKey("command_request.number")),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
    )
    op.create_index("rollout_gate_device", "rollout_gate", ["device"])
