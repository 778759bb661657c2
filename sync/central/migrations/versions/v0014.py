"""Changes that wait for a second person, what one person changed alone, and the history of policies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "change_set",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.Column("lapses_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("basis", sa.LargeBinary(), nullable=True),
        sa.Column("decided_account", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_why", sa.Text(), nullable=True),
        sa.Column("left_out", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("change_set_state", "change_set", ["state", "number"])
    op.create_table(
        "change_part",
        sa.Column("change_set", _NUMBER, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["change_set"], ["change_set.number"]),
        sa.ForeignKeyConstraint(["site"], ["site.id"]),
        sa.PrimaryKeyConstraint("change_set", "site", "kind"),
    )
    op.create_index("change_part_site", "change_part", ["site", "change_set"])
    op.create_table(
        "applied_change",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("change_set", _NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"]),
        sa.ForeignKeyConstraint(["change_set"], ["change_set.number"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("applied_change_site", "applied_change", ["site", "number"])
    op.create_table(
        "lone_change",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"]),
        sa.PrimaryKeyConstraint("site", "what", "mark"),
    )
    op.create_index("lone_change_at", "lone_change", ["at"])
    op.create_table(
        "policy_text",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"]),
        sa.PrimaryKeyConstraint("site", "number"),
    )
    op.create_table(
        "pending_revocation",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"]),
        sa.PrimaryKeyConstraint("site", "subject"),
    )
