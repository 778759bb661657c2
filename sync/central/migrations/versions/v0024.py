"""Finds people by the beginning of their address."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    operators = {"address": "text_pattern_ops"}
    op.create_index("subject_address", "subject", ["site", "address"], postgresql_ops=operators)
