"""Takes down what workers say of the tasks that they were sent to, once each, and moves the task by it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.delivery.queue import withdraw
from sync.central.dispatch.core import (
    OfferEnd,
    OfferProgress,
    TaskState,
    Told,
    WorkerAct,
    act_time,
    progress_of,
)
from sync.central.dispatch.tables import task, task_act, task_offer, worker
from sync.central.dispatch.tasks import about_offer, change_task, check_outcome, release_worker
from sync.central.dispatch.whereabouts import Whereabouts, whereabouts_of
from sync.central.newer import word_of
from sync.central.store import StoreError, insert_unless_there
from sync.central.units import SECOND

_LONGEST_KEY = 64
_MOST_TOLD = 40
_LATE = 5 * SECOND
"""What arrives later than this was kept in the phone meanwhile."""


class Conflict(StrEnum):
    """Why what a worker told moved nothing: it is kept all the same."""

    SOMEBODY_ELSES = "somebody_elses"
    TAKEN_BACK = "taken_back"
    DONE_ALREADY = "done_already"


@dataclass(frozen=True)
class Saying:
    """What a phone says that its worker did: under a key of its own, `age` microseconds ago."""

    key: str
    offer: int
    act: WorkerAct
    age: int
    outcome: str = ""
    note: str = ""


@dataclass(frozen=True)
class TaskAnswer:
    """What became of a saying about a task somewhere: whether it `is_new`, and whether it ended the task, of
    which `alarm`.
    """

    conflict: Conflict | None
    state: TaskState
    task: int
    where: Whereabouts
    is_new: bool = True
    ended: bool = False
    alarm: int | None = None


def tell(connection: sa.Connection, worker_number: int, saying: Saying, now: int) -> TaskAnswer:
    """Take down what a worker did, once for each key. Raises StoreError where it was never asked of them.

    What is told too late, when the task is somebody else's, is kept and moves nothing. A late yes takes the
    task where nobody else was asked meanwhile.
    """
    heard = {"seen_at": now, "silent_since": None}
    connection.execute(sa.update(worker).where(worker.c.number == worker_number).values(heard))
    offer, held = _asked(connection, worker_number, saying.offer)
    if not 1 <= len(saying.key) <= _LONGEST_KEY or not saying.key.isprintable():
        raise StoreError(
            phrase("a key has 1 to %(longest)s characters that can be seen", longest=_LONGEST_KEY),
            where=phrase("key"),
        )
    if saying.act is WorkerAct.DONE:
        check_outcome(held.kind, saying.outcome, saying.note)
    _check_room(connection, saying.offer)
    conflict = _conflict(offer, held, saying.act)
    at = act_time(saying.age, now, offer.sent_at)
    row = {
        "offer": saying.offer,
        "key": saying.key,
        "act": saying.act.value,
        "at": at,
        "received_at": now,
        "outcome": saying.outcome if saying.act is WorkerAct.DONE else "",
        "note": saying.note if saying.act is WorkerAct.DONE else "",
        "counts": conflict is None,
    }
    new = connection.execute(insert_unless_there(connection, task_act, "key"), row).first() is not None
    if not new:
        first = _told(connection, saying.offer, saying.key)
        conflict = None if first else conflict
    if not new or conflict is not None:
        return TaskAnswer(conflict, word_of(TaskState, held.state), held.number, whereabouts_of(held), new)
    progress = progress_of(_counted(connection, saying.offer))
    return _moved(connection, held, saying.offer, progress, now)


def is_late(at: int, received_at: int) -> bool:
    """Whether something that was told at `received_at` was kept in the phone meanwhile."""
    return received_at - at > _LATE


def _asked(connection: sa.Connection, worker_number: int, number: int) -> tuple[sa.Row[Any], sa.Row[Any]]:
    """The offer with this number to this worker, and its task. Raises StoreError."""
    mine = (task_offer.c.number == number) & (task_offer.c.worker == worker_number)
    whose = connection.execute(sa.select(task_offer.c.task).where(mine)).scalar()
    if whose is None:
        raise StoreError(
            phrase("you were not asked for %(number)s", number=number), remedy=phrase("load the page again")
        )
    held = connection.execute(sa.select(task).where(task.c.number == whose).with_for_update()).one()
    return connection.execute(sa.select(task_offer).where(mine)).one(), held


def _conflict(
    offer: sa.Row[tuple[object, ...]], held: sa.Row[tuple[object, ...]], act: WorkerAct
) -> Conflict | None:
    if held.offer == offer.number and offer.end in {None, OfferEnd.DONE.value}:
        # What came of it was said, and others have acted on it: a second word does not take its place.
        return Conflict.DONE_ALREADY if offer.end and act is WorkerAct.DONE else None
    if held.state == TaskState.TAKEN_BACK:
        return Conflict.TAKEN_BACK
    if held.state == TaskState.DONE:
        return Conflict.DONE_ALREADY
    passed_over = {OfferEnd.NO_ANSWER.value, OfferEnd.NOT_DELIVERED.value}
    is_late_yes = held.offer is None and offer.end in passed_over
    return None if is_late_yes and act is not WorkerAct.DECLINE else Conflict.SOMEBODY_ELSES


def _check_room(connection: sa.Connection, offer: int) -> None:
    """A phone tells a few things of a task; who tells more means harm, or counts wrongly."""
    query = sa.select(sa.func.count()).where(task_act.c.offer == offer)
    if connection.execute(query).scalar_one() >= _MOST_TOLD:
        raise StoreError(
            phrase("%(most)s things were told of this already", most=_MOST_TOLD),
            remedy=phrase("call the centre"),
        )


def _told(connection: sa.Connection, offer: int, key: str) -> bool:
    """Whether what was told under this key counted."""
    mine = (task_act.c.offer == offer) & (task_act.c.key == key)
    return bool(connection.execute(sa.select(task_act.c.counts).where(mine)).scalar())


def _counted(connection: sa.Connection, offer: int) -> list[Told]:
    rows = connection.execute(sa.select(task_act).where(task_act.c.offer == offer, task_act.c.counts))
    return [Told(row.key, word_of(WorkerAct, row.act), row.at, row.outcome, row.note) for row in rows]


def _moved(
    connection: sa.Connection,
    held: sa.Row[Any],
    offer: int,
    progress: OfferProgress,
    now: int,
) -> TaskAnswer:
    """Bring the task to where an offer's acts lead."""
    if progress.declined:
        release_worker(connection, held, OfferEnd.DECLINED, now)
        return TaskAnswer(None, TaskState.OPEN, held.number, whereabouts_of(held))
    first = [at for at in (held.first_on_way_at, progress.on_way_at) if at is not None]
    sent = sa.select(task_offer.c.worker, task_offer.c.sent_at).where(task_offer.c.number == offer)
    asked = connection.execute(sent).one()
    values = {
        "state": progress.state.value,
        "stuck": "",
        "worker": asked.worker,
        "offer": offer,
        "sent_at": asked.sent_at,
        "accepted_at": progress.accepted_at,
        "on_way_at": progress.on_way_at,
        "first_on_way_at": min(first, default=None),
        "arrived_at": progress.arrived_at,
        "ended_at": progress.done_at,
        "outcome": progress.outcome,
        "note": progress.note,
    }
    change_task(connection, held.number, values)
    is_done = progress.state is TaskState.DONE
    end = {"ended_at": progress.done_at, "end": OfferEnd.DONE.value if is_done else None}
    connection.execute(sa.update(task_offer).where(task_offer.c.number == offer).values(end))
    withdraw(connection, about_offer(offer), now)
    ends = is_done and held.ended_at is None
    alarm = held.alarm if ends else None
    return TaskAnswer(None, progress.state, held.number, whereabouts_of(held), ended=ends, alarm=alarm)
