"""Since when a finding is no longer so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("finding", sa.Column("ended_at", sa.BigInteger(), nullable=True))
