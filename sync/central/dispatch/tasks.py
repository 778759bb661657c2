"""Opens tasks, sends somebody, takes down what they tell, and goes on to the next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from sync.central.delivery.queue import withdraw
from sync.central.dispatch.core.assignments import (
    LONGEST_NOTE,
    Assignment,
    fault_of_assignment,
    outcomes_of,
)
from sync.central.dispatch.core.life import (
    TAKEN,
    OfferEnd,
    Progress,
    TaskState,
    Told,
    WorkerAct,
    act_time,
    progress_of,
)
from sync.central.dispatch.tables import is_live, task, task_act, task_offer, worker
from sync.central.places.sight import Sight
from sync.central.store import StoreError, insert_unless_there
from sync.central.tables import site
from sync.central.units import SECOND

_LONGEST_KEY = 64
_MOST_TOLD = 40
_LATE = 5 * SECOND
"""What arrives later than this was kept in the phone meanwhile."""


class Stuck(StrEnum):
    """Why a task stays with the centre."""

    NOBODY_ON_DUTY = "nobody_on_duty"
    NOBODY_ANSWERED = "nobody_answered"


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
class Answer:
    """What became of a saying about a task at a site: whether it `is_new`, and whether it ended the task, of
    which `alarm`.
    """

    conflict: Conflict | None
    state: TaskState
    task: int
    site: str
    is_new: bool = True
    ended: bool = False
    alarm: int | None = None


def about_offer(number: int) -> str:
    """What messages about an offer are about."""
    return f"offer {number}"


def open_task(connection: sa.Connection, assignment: Assignment, now: int) -> int:
    """Have somebody sent; returns the number of the task. An alarm has one task at a time: where there is
    one, it is that. Raises StoreError.
    """
    if fault := fault_of_assignment(assignment):
        raise StoreError(fault, remedy="nobody was sent")
    if assignment.alarm is not None:
        held = connection.execute(sa.select(task.c.number).where(task.c.alarm == assignment.alarm, is_live))
        if (number := held.scalar()) is not None:
            return int(number)
    if connection.execute(sa.select(site.c.id).where(site.c.id == assignment.site)).first() is None:
        raise StoreError(f"there is no site {assignment.site!r}", remedy="gatepost central site set")
    values = {
        "alarm": assignment.alarm,
        "kind": assignment.kind,
        "site": assignment.site,
        "device": assignment.device,
        "subject": assignment.subject,
        "severity": assignment.severity,
        "since": now if assignment.since is None else min(assignment.since, now),
        "due_at": assignment.due_at,
        "opened_at": now,
        "state": TaskState.OPEN.value,
    }
    made = connection.execute(sa.insert(task).values(values).returning(task.c.number))
    return int(made.scalar_one())


def send_to(
    connection: sa.Connection, sight: Sight, number: int, worker_number: int, by: str, now: int
) -> int:
    """Send a worker; returns the number of the offer. Who was asked before is not any more. Raises StoreError
    where there is no such worker, or somebody has taken the task.
    """
    held = _live(connection, sight, number)
    if held.state in {state.value for state in TAKEN}:
        raise StoreError(
            "somebody has taken this task already",
            remedy="hand it on first; nothing was changed",
        )
    known = sa.select(worker.c.number).where(worker.c.number == worker_number, worker.c.ended_at.is_(None))
    if connection.execute(known.where(sight.of_place(worker.c.place))).first() is None:
        raise StoreError(f"there is no worker {worker_number}", remedy="the roster lists them")
    if held.worker == worker_number and held.state == TaskState.SENT:
        raise StoreError("this worker was asked already", remedy="remind them, or send somebody else")
    _release(connection, held, OfferEnd.HANDED_ON, now)
    values = {"task": number, "worker": worker_number, "sent_at": now, "sent_by": by}
    made = connection.execute(sa.insert(task_offer).values(values).returning(task_offer.c.number))
    offer = int(made.scalar_one())
    sent = {
        "state": TaskState.SENT.value,
        "stuck": "",
        "worker": worker_number,
        "offer": offer,
        "sent_at": now,
    }
    connection.execute(sa.update(task).where(task.c.number == number).values(sent))
    return offer


def remind(connection: sa.Connection, sight: Sight, number: int) -> None:
    """Have the messages to whoever is asked made anew. Raises StoreError where nobody is."""
    held = _live(connection, sight, number)
    if held.state != TaskState.SENT:
        raise StoreError("nobody is asked to take this task now", remedy="nothing was sent")
    again = {"told_at": None, "reminded": task_offer.c.reminded + 1}
    connection.execute(sa.update(task_offer).where(task_offer.c.number == held.offer).values(again))


def hand_on(
    connection: sa.Connection, sight: Sight, number: int, now: int, end: OfferEnd = OfferEnd.HANDED_ON
) -> None:
    """Take a task from the worker who has it, so that the next is sent. Raises StoreError where nobody
    has it.
    """
    held = _live(connection, sight, number)
    if held.offer is None:
        raise StoreError("nobody has this task", remedy="nothing was changed")
    if end is OfferEnd.NO_ANSWER:
        silent = {"silent_since": sa.func.coalesce(worker.c.silent_since, now)}
        unheard = sa.func.coalesce(worker.c.seen_at, 0) < held.sent_at
        connection.execute(sa.update(worker).where(worker.c.number == held.worker, unheard).values(silent))
    _release(connection, held, end, now)


def keep_at_centre(connection: sa.Connection, number: int, stuck: Stuck) -> None:
    """Say why nobody is sent."""
    is_open = (task.c.number == number) & (task.c.state == TaskState.OPEN.value)
    connection.execute(sa.update(task).where(is_open).values(stuck=stuck.value))


def take_back(connection: sa.Connection, alarm: int, now: int) -> None:
    """End the task of an alarm that is over, where it has one: whoever was on the way is told."""
    row = connection.execute(sa.select(task).where(task.c.alarm == alarm, is_live)).first()
    if row is not None:
        _release(connection, row, OfferEnd.TAKEN_BACK, now)
        ended = {"state": TaskState.TAKEN_BACK.value, "ended_at": now, "stuck": ""}
        connection.execute(sa.update(task).where(task.c.number == row.number).values(ended))


def close_task(
    connection: sa.Connection, sight: Sight, number: int, outcome: str, note: str, now: int
) -> int | None:
    """End a task from the centre, with what was done; returns its alarm. Raises StoreError."""
    held = _live(connection, sight, number)
    _check_outcome(held.kind, outcome, note)
    _release(connection, held, OfferEnd.HANDED_ON, now)
    ended = {"state": TaskState.DONE.value, "ended_at": now, "outcome": outcome, "note": note, "stuck": ""}
    connection.execute(sa.update(task).where(task.c.number == number).values(ended))
    return None if held.alarm is None else int(held.alarm)


def tell(connection: sa.Connection, worker_number: int, saying: Saying, now: int) -> Answer:
    """Take down what a worker did, once for each key. Raises StoreError where it was never asked of them.

    What is told too late, when the task is somebody else's, is kept and moves nothing. A late yes takes the
    task where nobody else was asked meanwhile.
    """
    heard = {"seen_at": now, "silent_since": None}
    connection.execute(sa.update(worker).where(worker.c.number == worker_number).values(heard))
    offer, held = _asked(connection, worker_number, saying.offer)
    if not 1 <= len(saying.key) <= _LONGEST_KEY or not saying.key.isprintable():
        raise StoreError(f"a key has 1 to {_LONGEST_KEY} characters that can be seen", where="key")
    if saying.act is WorkerAct.DONE:
        _check_outcome(held.kind, saying.outcome, saying.note)
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
        return Answer(conflict, TaskState(held.state), held.number, held.site, new)
    progress = progress_of(_counted(connection, saying.offer))
    return _moved(connection, held, saying.offer, progress, now)


def is_late(at: int, received_at: int) -> bool:
    """Whether something that was told at `received_at` was kept in the phone meanwhile."""
    return received_at - at > _LATE


# --- inside --------------------------------------------------------------------------------

_NOBODY = {
    "state": TaskState.OPEN.value,
    "worker": None,
    "offer": None,
    "sent_at": None,
    "accepted_at": None,
    "on_way_at": None,
    "arrived_at": None,
}


def _live(connection: sa.Connection, sight: Sight, number: int) -> sa.Row[tuple[object, ...]]:
    query = sa.select(task).where(task.c.number == number, sight.of(task.c.site)).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise StoreError(f"there is no task {number}", remedy="the page Dispatch lists them")
    if row.ended_at is not None:
        raise StoreError(f"task {number} is over", remedy="nothing was changed")
    return row


def _asked(
    connection: sa.Connection, worker_number: int, number: int
) -> tuple[sa.Row[tuple[object, ...]], sa.Row[tuple[object, ...]]]:
    """The offer with this number to this worker, and its task. Raises StoreError."""
    mine = (task_offer.c.number == number) & (task_offer.c.worker == worker_number)
    whose = connection.execute(sa.select(task_offer.c.task).where(mine)).scalar()
    if whose is None:
        raise StoreError(f"you were not asked for {number}", remedy="load the page again")
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
    is_late_yes = held.offer is None and offer.end == OfferEnd.NO_ANSWER.value
    return None if is_late_yes and act is not WorkerAct.DECLINE else Conflict.SOMEBODY_ELSES


def _check_room(connection: sa.Connection, offer: int) -> None:
    """A phone tells a few things of a task; who tells more means harm, or counts wrongly."""
    query = sa.select(sa.func.count()).where(task_act.c.offer == offer)
    if connection.execute(query).scalar_one() >= _MOST_TOLD:
        raise StoreError(f"{_MOST_TOLD} things were told of this already", remedy="call the centre")


def _told(connection: sa.Connection, offer: int, key: str) -> bool:
    """Whether what was told under this key counted."""
    mine = (task_act.c.offer == offer) & (task_act.c.key == key)
    return bool(connection.execute(sa.select(task_act.c.counts).where(mine)).scalar())


def _counted(connection: sa.Connection, offer: int) -> list[Told]:
    rows = connection.execute(sa.select(task_act).where(task_act.c.offer == offer, task_act.c.counts))
    return [Told(row.key, WorkerAct(row.act), row.at, row.outcome, row.note) for row in rows]


def _moved(
    connection: sa.Connection,
    held: sa.Row[tuple[object, ...]],
    offer: int,
    progress: Progress,
    now: int,
) -> Answer:
    """Bring the task to where an offer's acts lead."""
    if progress.declined:
        _release(connection, held, OfferEnd.DECLINED, now)
        return Answer(None, TaskState.OPEN, held.number, held.site)
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
    connection.execute(sa.update(task).where(task.c.number == held.number).values(values))
    is_done = progress.state is TaskState.DONE
    end = {"ended_at": progress.done_at, "end": OfferEnd.DONE.value if is_done else None}
    connection.execute(sa.update(task_offer).where(task_offer.c.number == offer).values(end))
    withdraw(connection, about_offer(offer), now)
    ends = is_done and held.ended_at is None
    alarm = held.alarm if ends else None
    return Answer(None, progress.state, held.number, held.site, ended=ends, alarm=alarm)


def _release(connection: sa.Connection, held: sa.Row[tuple[object, ...]], end: OfferEnd, now: int) -> None:
    """The worker who has the task has it no more; what was not sent to them is not sent."""
    if held.offer is not None:
        ended = {"ended_at": now, "end": end.value}
        connection.execute(sa.update(task_offer).where(task_offer.c.number == held.offer).values(ended))
        withdraw(connection, about_offer(held.offer), now)
    connection.execute(sa.update(task).where(task.c.number == held.number).values(_NOBODY))


def _check_outcome(kind: str, outcome: str, note: str) -> None:
    known = outcomes_of(kind)
    if outcome not in known:
        raise StoreError(
            f"{outcome[:40]!r} is nothing that comes of this: {', '.join(known)}", where="outcome"
        )
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise StoreError(
            f"the note has {len(note)} characters, at most {LONGEST_NOTE} on one line", where="note"
        )
    if outcome == "other" and not note.strip():
        raise StoreError("what was done is not said", where="note", remedy="write it in a sentence")
