"""A use of a one-time pass is found by the event that granted it: its lane may have refused it."""

from __future__ import annotations

from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.create_index("pass_use_event", "pass_use", ["chain", "sequence"])
