"""Visits, the links by which residents invite, and the salt of the numbers of those without a phone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "code_salt",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"]),
        sa.PrimaryKeyConstraint("site"),
    )
    op.create_table(
        "invitation",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["site.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("invitation_host", "invitation", ["site", "host"])
    _make_visits()


def _make_visits() -> None:
    op.create_table(
        "visit",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("invitation", _NUMBER, nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("pass_id", sa.Text(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("said_left_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["invitation"], ["invitation.number"]),
        sa.ForeignKeyConstraint(["site"], ["site.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("token"),
        sa.UniqueConstraint("site", "subject", name="visit_subject"),
    )
    op.create_index("visit_begin", "visit", ["since", "number"])
    op.create_index("visit_end", "visit", ["until", "number"])
    op.create_index("visit_code", "visit", ["site", "code"])
