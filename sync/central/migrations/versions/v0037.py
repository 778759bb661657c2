"""Reports, those that come again, and what was said to be wrong of the gates' decisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "report_schedule",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("place", _NUMBER, sa.ForeignKey("place.number"), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
    )
    op.create_index("report_schedule_place", "report_schedule", ["place", "number"])
    op.create_table(
        "report",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("place", _NUMBER, sa.ForeignKey("place.number"), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("last", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("schedule", _NUMBER, sa.ForeignKey("report_schedule.number"), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("why", sa.Text(), nullable=False, server_default=""),
        sa.Column("made_at", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("proof", sa.LargeBinary(), nullable=True),
        sa.Column("paper", sa.LargeBinary(), nullable=True),
        sa.UniqueConstraint("schedule", "first", name="report_once"),
    )
    op.create_index("report_state", "report", ["state", "number"])
    op.create_index("report_place", "report", ["place", "number"])
    op.create_table(
        "said_wrong",
        sa.Column("chain", _NUMBER, sa.ForeignKey("chain.number"), primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("about", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.Text(), nullable=False),
    )
    op.create_index("said_wrong_about", "said_wrong", ["chain", "about"])
