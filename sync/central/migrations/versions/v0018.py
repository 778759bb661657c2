"""Who took care of a finding, when, and why it needs nobody any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("finding", sa.Column("acknowledged_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("finding", sa.Column("acknowledged_at", sa.BigInteger(), nullable=True))
    op.add_column("finding", sa.Column("acknowledged_why", sa.Text(), nullable=False, server_default=""))
