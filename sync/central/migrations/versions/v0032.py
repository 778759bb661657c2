"""Who is on duty, what somebody is sent for, and the messages that leave the centre."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _roster()
    _tasks()
    _deliveries()


def _roster() -> None:
    op.create_table(
        "worker",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("place", _NUMBER, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("mail", sa.Text(), server_default="", nullable=False),
        sa.Column("handle", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("silent_since", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["place"],
            ["place.number"],
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("place", "code", name="worker_code"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "worker_shift",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("worker", _NUMBER, nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["worker"],
            ["worker.number"],
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("worker_shift_worker", "worker_shift", ["worker"])
    op.create_table(
        "worker_day",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("worker", _NUMBER, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=True),
        sa.Column("end", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["worker"],
            ["worker.number"],
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("worker_day_worker", "worker_day", ["worker", "day"])
    op.create_table(
        "worker_link",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("worker", _NUMBER, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["worker"],
            ["worker.number"],
        ),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("worker_link_worker", "worker_link", ["worker"])
    op.create_table(
        "worker_session",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("worker", _NUMBER, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["worker"],
            ["worker.number"],
        ),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("worker_session_worker", "worker_session", ["worker"])


def _tasks() -> None:
    op.create_table(
        "task",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("alarm", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stuck", sa.Text(), server_default="", nullable=False),
        sa.Column("worker", _NUMBER, nullable=True),
        sa.Column("offer", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("on_way_at", sa.BigInteger(), nullable=True),
        sa.Column("first_on_way_at", sa.BigInteger(), nullable=True),
        sa.Column("arrived_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["site"],
            ["site.id"],
        ),
        sa.ForeignKeyConstraint(
            ["worker"],
            ["worker.number"],
        ),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "task_alarm_live",
        "task",
        ["alarm"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("task_site", "task", ["site", "ended_at"])
    op.create_index("task_state", "task", ["state", "number"])
    op.create_index("task_worker", "task", ["worker", "state"])
    op.create_table(
        "task_offer",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("task", _NUMBER, nullable=False),
        sa.Column("worker", _NUMBER, nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("shown_at", sa.BigInteger(), nullable=True),
        sa.Column("reminded", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("end", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["task"],
            ["task.number"],
        ),
        sa.ForeignKeyConstraint(
            ["worker"],
            ["worker.number"],
        ),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index("task_offer_task", "task_offer", ["task", "number"])
    op.create_index("task_offer_told", "task_offer", ["told_at"])
    op.create_index("task_offer_worker", "task_offer", ["worker", "ended_at"])
    op.create_table(
        "task_act",
        sa.Column("offer", _NUMBER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer"],
            ["task_offer.number"],
        ),
        sa.PrimaryKeyConstraint("offer", "key"),
    )


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("said_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("delivery_about", "delivery", ["about", "number"])
    op.create_index("delivery_address", "delivery", ["way", "address", "state", "severity", "number"])
    op.create_index("delivery_ended", "delivery", ["ended_at"])
    op.create_index("delivery_next", "delivery", ["state", "severity", "number"])
    op.create_table(
        "delivery_part",
        sa.Column("delivery", _NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delivery", "position"),
    )
    op.create_table(
        "delivery_try",
        sa.Column("delivery", _NUMBER, nullable=False),
        sa.Column("count", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delivery", "count"),
    )
