"""Which tasks an alarm says that nobody has, and a number for each change of a task."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("task", sa.Column("hole_at", sa.BigInteger()))
    op.execute(sa.text("UPDATE task SET hole_at = opened_at WHERE stuck <> '' AND ended_at IS NULL"))
    op.create_index(
        "task_hole",
        "task",
        ["site"],
        sqlite_where=sa.text("hole_at IS NOT NULL"),
        postgresql_where=sa.text("hole_at IS NOT NULL"),
    )
    op.create_table(
        "task_change",
        sa.Column("number", _NUMBER, primary_key=True),
        sqlite_autoincrement=True,
    )
