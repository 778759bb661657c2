"""Accesses that staff opened by name have their id and the reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("access", sa.Column("staff", sa.Text(), nullable=True))
    op.add_column("access", sa.Column("why", sa.Text(), nullable=True))
