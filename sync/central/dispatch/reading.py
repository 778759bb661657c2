"""Reads the tasks: where each is by its clock, what was done today, how long it took until somebody went."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median_low
from typing import Any

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.alarms.core import SILENT, AlarmKind
from sync.central.dispatch.changed import note_change
from sync.central.dispatch.core import Bounds, Dial, TaskState, Times, dial_of, needs_person
from sync.central.dispatch.tables import is_live, task, task_act, task_offer, worker
from sync.central.dispatch.telling import is_late
from sync.central.dispatch.whereabouts import task_in
from sync.central.newer import word_of
from sync.central.places.sight import Sight
from sync.central.store import StoreError
from sync.central.tables import device, subject

MOST_LIVE = 500
_COLUMNS = {
    TaskState.OPEN: "open",
    TaskState.SENT: "sent",
    TaskState.ACCEPTED: "on_way",
    TaskState.ON_WAY: "on_way",
    TaskState.ARRIVED: "arrived",
    **dict.fromkeys((TaskState.DONE, TaskState.TAKEN_BACK), ""),
}
COLUMNS = ("open", "sent", "on_way", "arrived")


@dataclass(frozen=True)
class Task:
    """A task as it is shown. What is of no one site has a `place`, and the first site in it. `gate` is the
    gate's name; `by_phone` whether a time was kept in the phone while it had no network. Times are
    microseconds since 1970 UTC.
    """

    number: int
    alarm: int | None
    kind: str
    site: str
    place: int | None
    device: str | None
    gate: str | None
    severity: int
    since: int
    due_at: int
    opened_at: int
    state: TaskState
    stuck: str
    worker: int | None
    worker_name: str | None
    offer: int | None
    sent_at: int | None
    shown_at: int | None
    reminded: int
    accepted_at: int | None
    on_way_at: int | None
    first_on_way_at: int | None
    arrived_at: int | None
    ended_at: int | None
    outcome: str
    note: str
    by_phone: bool

    @property
    def column(self) -> str:
        """In which column of the page Dispatch it stands; "" where it is over. One whose state only a
        newer version knows stands where somebody looks first.
        """
        return _COLUMNS.get(self.state, "open")

    @property
    def is_known(self) -> bool:
        """Whether this version knows how far it is."""
        return self.state in _COLUMNS

    def dial(self, bounds: Bounds) -> Dial:
        return dial_of(times_of(self), bounds)


@dataclass(frozen=True)
class ToOnWay:
    """How long it took from the event at the gate until somebody was on the way, in microseconds."""

    count: int
    median: int | None
    worst: int | None


def times_of(row: Any) -> Times:
    """When a task came where; of a row of the table, or a Task."""
    return Times(
        word_of(TaskState, row.state),
        row.opened_at,
        row.due_at,
        row.sent_at,
        row.accepted_at,
        row.on_way_at,
        row.arrived_at,
    )


def live_tasks(connection: sa.Connection, sight: Sight, count: int = MOST_LIVE) -> list[Task]:
    """The tasks in sight that are not over: the most urgent first, then the oldest."""
    query = _TASKS.where(is_live, task_in(sight)).order_by(task.c.severity, task.c.number)
    return _shown(connection, query.limit(count))


def ended_tasks(
    connection: sa.Connection, sight: Sight, since: int, count: int = 100, before: int | None = None
) -> list[Task]:
    """The tasks in sight that ended after `since`, the last first; those before the number `before`."""
    query = _TASKS.where(task.c.ended_at >= since, task_in(sight))
    if before is not None:
        query = query.where(task.c.number < before)
    return _shown(connection, query.order_by(task.c.number.desc()).limit(count))


def find_task(connection: sa.Connection, sight: Sight, number: int) -> Task | None:
    """The task with this number, in sight; None where there is none."""
    query = _TASKS.where(task.c.number == number, task_in(sight))
    return next(iter(_shown(connection, query)), None)


def task_at(connection: sa.Connection, sight: Sight, number: int) -> Task:
    """The task with this number, in sight. Raises StoreError if there is none."""
    found = find_task(connection, sight, number)
    if found is None:
        raise StoreError(
            phrase("there is no task %(number)s", number=number),
            remedy=phrase("the page Dispatch lists them"),
        )
    return found


def task_of_alarm(connection: sa.Connection, alarm: int) -> Task | None:
    """The task that goes on for an alarm: what is over helps nobody who opens it again."""
    query = _TASKS.where(task.c.alarm == alarm, is_live).order_by(task.c.number.desc()).limit(1)
    return next(iter(_shown(connection, query)), None)


def live_count(connection: sa.Connection, sight: Sight) -> int:
    """How many tasks in sight are not over."""
    query = sa.select(sa.func.count()).select_from(task).where(is_live, task_in(sight))
    return int(connection.execute(query).scalar_one())


def to_on_way(connection: sa.Connection, sight: Sight, since: int, until: int) -> ToOnWay:
    """How long it took, of what happened within a time."""
    values = times_to_on_way(connection, task_in(sight), since, until)
    return ToOnWay(len(values), median_low(values) if values else None, max(values, default=None))


def times_to_on_way(
    connection: sa.Connection, those: sa.ColumnElement[bool], since: int, until: int
) -> list[int]:
    """From the event at the gate until somebody was on the way, each, of those tasks whose event was within a
    time. A home visit has no event; of a silent alarm only they know who may care for it.
    """
    query = sa.select(task.c.first_on_way_at - task.c.since).where(
        those, _IS_COUNTED, task.c.since >= since, task.c.since < until, task.c.first_on_way_at.is_not(None)
    )
    return [max(0, int(each)) for each in connection.execute(query).scalars()]


def offered_to(connection: sa.Connection, worker_number: int) -> list[Task]:
    """What a worker is asked for, or has: the most urgent first."""
    query = _TASKS.where(is_live, task.c.worker == worker_number).order_by(task.c.severity, task.c.number)
    return _shown(connection, query.limit(20))


def note_shown(connection: sa.Connection, offers: list[int], now: int) -> None:
    """Note that offers were shown on their worker's phone."""
    first = task_offer.c.number.in_(offers) & task_offer.c.shown_at.is_(None)
    if connection.execute(sa.update(task_offer).where(first).values(shown_at=now)).rowcount:
        note_change(connection)


def whom_to_see(connection: sa.Connection, found: Task) -> tuple[str, str] | None:
    """The id and the room of the person to whom a task leads; None where it leads to nobody: then nothing of
    anybody is told.
    """
    if not needs_person(found.kind):
        return None
    whose = connection.execute(sa.select(task.c.subject).where(task.c.number == found.number)).scalar()
    if whose is None:
        return None
    query = sa.select(subject.c.address).where(subject.c.site == found.site, subject.c.id == whose)
    return whose, connection.execute(query).scalar() or ""


# --- inside --------------------------------------------------------------------------------

_IS_COUNTED = task.c.kind.in_([kind.value for kind in AlarmKind if kind not in SILENT])
"""The tasks of alarms, but of the silent."""
_TASKS = (
    sa.select(
        task,
        device.c.gate,
        worker.c.name.label("worker_name"),
        task_offer.c.shown_at,
        task_offer.c.reminded,
    )
    .outerjoin(device, device.c.id == task.c.device)
    .outerjoin(worker, worker.c.number == task.c.worker)
    .outerjoin(task_offer, task_offer.c.number == task.c.offer)
)
_NAMES = tuple(name for name in Task.__dataclass_fields__ if name not in {"state", "by_phone", "reminded"})


def _shown(connection: sa.Connection, query: sa.Select[Any]) -> list[Task]:
    rows = connection.execute(query).all()
    late = _late(connection, [row.offer for row in rows if row.offer is not None])
    return [
        Task(
            **{name: getattr(row, name) for name in _NAMES},
            state=word_of(TaskState, row.state),
            reminded=row.reminded or 0,
            by_phone=row.offer in late,
        )
        for row in rows
    ]


def _late(connection: sa.Connection, offers: list[int]) -> set[int]:
    """The offers of which something was told that had been kept in the phone."""
    query = sa.select(task_act.c.offer, task_act.c.at, task_act.c.received_at)
    rows = connection.execute(query.where(task_act.c.offer.in_(offers), task_act.c.counts))
    return {row.offer for row in rows if is_late(row.at, row.received_at)}
