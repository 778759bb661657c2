"""Uses of the numbers of visitors without a phone, and the wrong ones of late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "number_use",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("visit", _NUMBER, nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["visit"], ["visit.number"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("number_use_visit", "number_use", ["visit"])
    op.create_table(
        "wrong_number",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("wrong_number_site", "wrong_number", ["site", "at"])
