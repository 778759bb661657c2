"""The tables of dispatch: who is on duty, what somebody is sent for, and what they told."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from sync.central.dispatch.core import TAKEN
from sync.central.tables import Number, metadata, on_postgresql

worker = Table(
    "worker",
    metadata,
    Column("number", Number, primary_key=True),
    Column("place", Number, ForeignKey("place.number"), nullable=False),  # for which they care
    Column("code", Text, nullable=False),  # what the roster calls them
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("mail", Text, nullable=False, server_default=""),
    Column("handle", Text, nullable=False, server_default=""),  # whom the webhook's receiver tells it
    Column("made_at", BigInteger, nullable=False),  # times: microseconds since 1970 UTC
    Column("made_by", Text, nullable=False),
    Column("ended_at", BigInteger),
    Column("seen_at", BigInteger),  # when their phone was heard last
    Column("silent_since", BigInteger),  # a task came back without an answer, and it was not heard since
    UniqueConstraint("place", "code", name="worker_code"),
    sqlite_autoincrement=True,
)

worker_shift = Table(
    "worker_shift",
    metadata,
    Column("number", Number, primary_key=True),
    Column("worker", Number, ForeignKey("worker.number"), nullable=False),
    Column("days", Text, nullable=False),  # 01234: Monday to Friday
    Column("start", Integer, nullable=False),  # minutes of the day
    Column("end", Integer, nullable=False),
    Index("worker_shift_worker", "worker"),
)

worker_day = Table(
    "worker_day",
    metadata,
    Column("number", Number, primary_key=True),
    Column("worker", Number, ForeignKey("worker.number"), nullable=False),
    Column("day", Text, nullable=False),  # 2026-03-03
    Column("start", Integer),  # none: no weekly shift begins on this day
    Column("end", Integer),
    Index("worker_day_worker", "worker", "day"),
)

worker_link = Table(
    "worker_link",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # SHA-256 of what the link says
    Column("worker", Number, ForeignKey("worker.number"), nullable=False),
    Column("until", BigInteger, nullable=False),  # the end of the shift for which it is
    Column("used_at", BigInteger),  # it lets in once
    Index("worker_link_worker", "worker"),
)

worker_session = Table(
    "worker_session",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # SHA-256 of what the phone's cookie says
    Column("worker", Number, ForeignKey("worker.number"), nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Index("worker_session_worker", "worker"),
)

task = Table(
    "task",
    metadata,
    Column("number", Number, primary_key=True),
    Column("alarm", BigInteger),  # that asked for it
    Column("kind", Text, nullable=False),
    # What is of no one site is in `place`; `site` is the first in it then: the task is kept as long as others
    # there.
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("place", BigInteger),
    Column("device", Text),
    Column("subject", Text),
    Column("severity", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),  # at the gate
    Column("due_at", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # sync.central.dispatch.core.life.TaskState
    Column("stuck", Text, nullable=False, server_default=""),  # sync.central.dispatch.tasks.Stuck
    Column("worker", Number, ForeignKey("worker.number")),
    Column("offer", BigInteger),  # the one that counts
    Column("sent_at", BigInteger),
    Column("accepted_at", BigInteger),
    Column("on_way_at", BigInteger),
    Column("first_on_way_at", BigInteger),  # of whoever went first: what the figure counts
    Column("arrived_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("hole_at", BigInteger),  # an alarm says that nobody has it, since then
    Column("outcome", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Index("task_state", "state", "number"),
    Index("task_site", "site", "ended_at"),
    Index("task_worker", "worker", "state"),
    sqlite_autoincrement=True,
)

is_live = task.c.ended_at.is_(None)
"""The tasks that are not over: also those whose state only a newer version of the centre knows."""
is_taken = task.c.state.in_([state.value for state in TAKEN])
"""The tasks that somebody has taken, and that are not over."""

Index(
    "task_alarm_live",
    task.c.alarm,
    unique=True,
    sqlite_where=is_live,
    info=on_postgresql(where=is_live),
)

Index(
    "task_hole",
    task.c.site,
    sqlite_where=task.c.hole_at.is_not(None),
    info=on_postgresql(where=task.c.hole_at.is_not(None)),
)

task_change = Table(
    "task_change",
    metadata,
    # A row for each change of a task: writers never wait for each other, as they would for one counter.
    Column("number", Number, primary_key=True),
    sqlite_autoincrement=True,
)

task_offer = Table(
    "task_offer",
    metadata,
    # One worker is asked for one task.
    Column("number", Number, primary_key=True),
    Column("task", Number, ForeignKey("task.number"), nullable=False),
    Column("worker", Number, ForeignKey("worker.number"), nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("sent_by", Text, nullable=False),
    Column("told_at", BigInteger),  # none: messages are to be made
    Column("shown_at", BigInteger),  # on their phone
    Column("reminded", Integer, nullable=False, server_default="0"),
    Column("ended_at", BigInteger),
    Column("end", Text),  # sync.central.dispatch.core.life.OfferEnd
    Index("task_offer_task", "task", "number"),
    Index("task_offer_worker", "worker", "ended_at"),
    Index("task_offer_told", "told_at"),
    sqlite_autoincrement=True,
)

task_act = Table(
    "task_act",
    metadata,
    # What a worker told of an offer, each thing once.
    Column("offer", Number, ForeignKey("task_offer.number"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("act", Text, nullable=False),  # sync.central.dispatch.core.life.WorkerAct
    Column("at", BigInteger, nullable=False),  # by the phone's own measure, within bounds
    Column("received_at", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("counts", Boolean, nullable=False),  # no: the task was somebody else's by then
)
