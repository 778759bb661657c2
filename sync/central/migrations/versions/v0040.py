"""What the accesses of a file of history come to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "history_sum",
        sa.Column(
            "file", _NUMBER, sa.ForeignKey("history_file.number"), primary_key=True, autoincrement=False
        ),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("ahead", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.Column("people", sa.LargeBinary(), nullable=False),
    )
