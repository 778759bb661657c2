"""Which words a device knows: the revision of the protocol's schema that its hello tells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.add_column("device", sa.Column("schema", sa.Integer(), nullable=False, server_default="0"))
