"""What each gate holds, the number of its newest link, and the highest stamp of each of its channels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "stamp",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device.id"]),
        sa.PrimaryKeyConstraint("device", "channel"),
    )
    op.add_column("device", sa.Column("link", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("root_version", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("revocations", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("lists", sa.JSON(), nullable=True))
    op.add_column("device", sa.Column("fingerprint", sa.LargeBinary(), nullable=True))
