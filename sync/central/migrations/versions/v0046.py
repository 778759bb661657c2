"""Tasks of a place that is more than one site."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.add_column("task", sa.Column("place", sa.BigInteger()))
