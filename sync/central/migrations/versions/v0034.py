"""What is old lies in files: where, which, and what of which chain they hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "history_folder",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name="history_folder_one"),
    )
    op.create_table(
        "history_file",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), unique=True),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("first_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("last_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("size", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("changed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("verified_at", sa.BigInteger()),
        sa.Column("damage", sa.Text(), nullable=False, server_default=""),
        sqlite_autoincrement=True,
    )
    op.create_index("history_file_day", "history_file", ["kind", "site", "day"])
    op.create_table(
        "history_run",
        sa.Column(
            "file", _NUMBER, sa.ForeignKey("history_file.number"), primary_key=True, autoincrement=False
        ),
        sa.Column("chain", _NUMBER, sa.ForeignKey("chain.number"), primary_key=True, autoincrement=False),
        sa.Column("first", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )
    op.create_index("history_run_chain", "history_run", ["chain", "last"])
