"""Flow: counts from the journals, corrections, zones, limits and forecasts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COUNTED = (
    "entered",
    "left",
    "entered_estimated",
    "left_estimated",
    "unplaced",
    "raised",
    "lowered",
    "lapses",
)


def upgrade() -> None:
    op.create_table(
        "flow_count",
        sa.Column("chain", _NUMBER, sa.ForeignKey("chain.number"), primary_key=True, autoincrement=False),
        sa.Column("begin", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("day", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _COUNTED),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "flow_day",
        sa.Column("chain", _NUMBER, sa.ForeignKey("chain.number"), primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.Column("begun", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "flow_correction",
        sa.Column("chain", _NUMBER, sa.ForeignKey("chain.number"), primary_key=True, autoincrement=False),
        sa.Column("arrived", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("inside", sa.BigInteger(), nullable=False),
        sa.Column("passages", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "zone",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", _NUMBER, sa.ForeignKey("place.number"), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("zone_place", "zone", ["place"])
    op.create_table(
        "zone_gate",
        sa.Column("zone", _NUMBER, sa.ForeignKey("zone.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("site", sa.Text(), sa.ForeignKey("site.id"), primary_key=True),
        sa.Column("gate", sa.Text(), primary_key=True),
        sa.Column("sign", sa.Text(), nullable=False),
    )
    op.create_table(
        "flow_limit",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("place", _NUMBER, sa.ForeignKey("place.number"), nullable=True),
        sa.Column("zone", _NUMBER, sa.ForeignKey("zone.number", ondelete="CASCADE"), nullable=True),
        sa.Column("warn", sa.BigInteger(), nullable=True),
        sa.Column("stop", sa.BigInteger(), nullable=True),
        sa.Column("relief", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("(place IS NULL) <> (zone IS NULL)", name="flow_limit_of_one"),
        sqlite_autoincrement=True,
    )
    op.create_index("flow_limit_place", "flow_limit", ["place"])
    op.create_index("flow_limit_zone", "flow_limit", ["zone"])
    op.create_table(
        "flow_level",
        sa.Column("what", sa.Text(), primary_key=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("forecast", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "flow_forecast",
        sa.Column("what", sa.Text(), primary_key=True),
        sa.Column("made", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("limit", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("earliest", sa.BigInteger(), nullable=False),
        sa.Column("latest", sa.BigInteger(), nullable=True),
        sa.Column("reached", sa.BigInteger(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
    )
    op.create_index("flow_forecast_open", "flow_forecast", ["settled", "expected"])
