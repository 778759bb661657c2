"""Invitations of gates, and devices that are to be revoked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "gate_invitation",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("site", sa.Text(), sa.ForeignKey("site.id"), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("part", sa.LargeBinary(), nullable=False),
        sa.Column("replaces", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sa.Column("enrolled_at", sa.BigInteger()),
        sa.Column("trouble", sa.Text()),
        sa.Index("gate_invitation_device", "device"),
    )
    op.create_table(
        "device_revocation",
        sa.Column("device", sa.Text(), sa.ForeignKey("device.id"), primary_key=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("count", sa.Integer()),
    )
