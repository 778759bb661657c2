"""Who last made a link for an account, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("account", sa.Column("linked_by", sa.BigInteger(), nullable=True))
    op.add_column("account", sa.Column("linked_at", sa.BigInteger(), nullable=True))
