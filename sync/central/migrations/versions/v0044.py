"""In which order places lie beside each other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    op.add_column("place", sa.Column("position", sa.Integer()))
