"""How long somebody waited, and how many people were inside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("access", sa.Column("waited", sa.Integer(), nullable=True))
    op.add_column("access", sa.Column("inside", sa.Integer(), nullable=True))
