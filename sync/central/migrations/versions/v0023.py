"""Appeals, what was done about each, and how often somebody asks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "appeal",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by_person", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("epoch", sa.LargeBinary(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("account", sa.BigInteger(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["site.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("appeal_site", "appeal", ["site", "number"])
    op.create_index("appeal_subject", "appeal", ["site", "subject", "number"])
    op.create_table(
        "appeal_step",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("appeal", _NUMBER, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("change_set", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["appeal"], ["appeal.number"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("appeal_step_appeal", "appeal_step", ["appeal", "number"])
    op.create_table(
        "appeal_try",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("appeal_try_mark", "appeal_try", ["mark", "at"])
