"""Opens tasks, sends somebody, takes down what they tell, and goes on to the next."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from edge.support.phrases import code, listed, phrase
from sync.central.delivery.queue import did_arrive, give_up, withdraw
from sync.central.dispatch.changed import note_change
from sync.central.dispatch.core import (
    LONGEST_NOTE,
    TAKEN,
    Assignment,
    OfferEnd,
    TaskState,
    fault_of_assignment,
    outcomes_of,
)
from sync.central.dispatch.tables import is_live, task, task_offer, worker
from sync.central.dispatch.whereabouts import Whereabouts, site_for, task_in
from sync.central.newer import is_known
from sync.central.newer_needed import OfNewerVersion
from sync.central.places.sight import Sight
from sync.central.store import StoreError


class Stuck(StrEnum):
    """Why a task stays with the centre."""

    NOBODY_ON_DUTY = "nobody_on_duty"
    NOBODY_ANSWERED = "nobody_answered"
    NOT_DELIVERED = "not_delivered"
    WAITS_FOR_DUTY = "waits_for_duty"  # somebody comes on duty before it is due: no alarm
    SHIFT_OVER = "shift_over"  # somebody has it who is off duty by now


def about_offer(number: int) -> str:
    """What messages about an offer are about."""
    return f"offer {number}"


def open_task(connection: sa.Connection, assignment: Assignment, now: int) -> int:
    """Have somebody sent; returns the number of the task. An alarm has one task at a time: where there is
    one, it is that. Raises StoreError.
    """
    if fault := fault_of_assignment(assignment):
        raise StoreError(fault, remedy=phrase("nobody was sent"))
    if assignment.alarm is not None:
        held = connection.execute(sa.select(task.c.number).where(task.c.alarm == assignment.alarm, is_live))
        if (number := held.scalar()) is not None:
            return int(number)
    where = Whereabouts(assignment.site, assignment.place)
    values = {
        "alarm": assignment.alarm,
        "kind": assignment.kind,
        "site": site_for(connection, where),
        "place": where.place if where.site is None else None,
        "device": assignment.device,
        "subject": assignment.subject,
        "severity": assignment.severity,
        "since": now if assignment.since is None else min(assignment.since, now),
        "due_at": assignment.due_at,
        "opened_at": now,
        "state": TaskState.OPEN.value,
    }
    made = connection.execute(sa.insert(task).values(values).returning(task.c.number))
    note_change(connection)
    return int(made.scalar_one())


def send_to(
    connection: sa.Connection, sight: Sight, number: int, worker_number: int, by: str, now: int
) -> int:
    """Send a worker; returns the number of the offer. Who was asked before is not any more. Raises StoreError
    where there is no such worker, or somebody has taken the task.
    """
    held = _known(connection, sight, number)
    if held.state in TAKEN:
        raise StoreError(
            phrase("somebody has taken this task already"),
            remedy=phrase("hand it on first; nothing was changed"),
        )
    known = sa.select(worker.c.number).where(worker.c.number == worker_number, worker.c.ended_at.is_(None))
    if connection.execute(known.where(sight.of_place(worker.c.place))).first() is None:
        raise StoreError(
            phrase("there is no worker %(number)s", number=worker_number),
            remedy=phrase("the roster lists them"),
        )
    if held.worker == worker_number and held.state == TaskState.SENT:
        raise StoreError(
            phrase("this worker was asked already"), remedy=phrase("remind them, or send somebody else")
        )
    release_worker(connection, held, OfferEnd.HANDED_ON, now)
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
    change_task(connection, number, sent)
    return offer


def remind(connection: sa.Connection, sight: Sight, number: int) -> None:
    """Have the messages to whoever is asked made anew. Raises StoreError where nobody is."""
    held = _known(connection, sight, number)
    if held.state != TaskState.SENT:
        raise StoreError(phrase("nobody is asked to take this task now"), remedy=phrase("nothing was sent"))
    again = {"told_at": None, "reminded": task_offer.c.reminded + 1}
    connection.execute(sa.update(task_offer).where(task_offer.c.number == held.offer).values(again))
    note_change(connection)


def hand_on(
    connection: sa.Connection, sight: Sight, number: int, now: int, end: OfferEnd = OfferEnd.HANDED_ON
) -> OfferEnd:
    """Take a task from the worker who has it, so that the next is sent; returns how the offer ended: who
    could not be told is not one who did not answer. Raises StoreError where nobody has it.
    """
    held = _known(connection, sight, number)
    if held.offer is None:
        raise StoreError(phrase("nobody has this task"), remedy=phrase("nothing was changed"))
    if end is OfferEnd.NO_ANSWER and _was_missed(connection, held.offer):
        end = OfferEnd.NOT_DELIVERED
    if end is OfferEnd.NO_ANSWER:
        silent = {"silent_since": sa.func.coalesce(worker.c.silent_since, now)}
        unheard = sa.func.coalesce(worker.c.seen_at, 0) < held.sent_at
        connection.execute(sa.update(worker).where(worker.c.number == held.worker, unheard).values(silent))
    release_worker(connection, held, end, now)
    return end


def keep_at_centre(connection: sa.Connection, number: int, stuck: Stuck) -> None:
    """Say why nobody is sent; or, of a task that somebody has, why the centre has to look after it."""
    those = [each.value for each in (TAKEN if stuck is Stuck.SHIFT_OVER else (TaskState.OPEN,))]
    is_so = (task.c.number == number) & task.c.state.in_(those)
    connection.execute(sa.update(task).where(is_so).values(stuck=stuck.value))
    note_change(connection)


def take_back(connection: sa.Connection, alarm: int, now: int) -> None:
    """End the task of an alarm that is over, where it has one: whoever was on the way is told."""
    row = connection.execute(sa.select(task).where(task.c.alarm == alarm, is_live)).first()
    if row is not None:
        release_worker(connection, row, OfferEnd.TAKEN_BACK, now)
        change_task(
            connection, row.number, {"state": TaskState.TAKEN_BACK.value, "ended_at": now, "stuck": ""}
        )


def close_task(
    connection: sa.Connection, sight: Sight, number: int, outcome: str, note: str, now: int
) -> int | None:
    """End a task from the centre, with what was done; returns its alarm. Raises StoreError."""
    held = _live(connection, sight, number)
    check_outcome(held.kind, outcome, note)
    release_worker(connection, held, OfferEnd.HANDED_ON, now)
    ended = {"state": TaskState.DONE.value, "ended_at": now, "outcome": outcome, "note": note, "stuck": ""}
    change_task(connection, number, ended)
    return None if held.alarm is None else int(held.alarm)


def change_task(connection: sa.Connection, number: int, values: Mapping[str, object]) -> None:
    """Write down where a task is now."""
    connection.execute(sa.update(task).where(task.c.number == number).values(**values))
    note_change(connection)


# --- inside --------------------------------------------------------------------------------

_NOBODY = {
    "stuck": "",
    "state": TaskState.OPEN.value,
    "worker": None,
    "offer": None,
    "sent_at": None,
    "accepted_at": None,
    "on_way_at": None,
    "arrived_at": None,
}


def _live(connection: sa.Connection, sight: Sight, number: int) -> sa.Row[Any]:
    query = sa.select(task).where(task.c.number == number, task_in(sight)).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise StoreError(
            phrase("there is no task %(number)s", number=number),
            remedy=phrase("the page Dispatch lists them"),
        )
    if row.ended_at is not None:
        raise StoreError(
            phrase("task %(number)s is over", number=number), remedy=phrase("nothing was changed")
        )
    return row


def _known(connection: sa.Connection, sight: Sight, number: int) -> sa.Row[Any]:
    """A task that is not over, where this version knows how far it is: nobody is sent to any other."""
    row = _live(connection, sight, number)
    if not is_known(TaskState, row.state):
        raise OfNewerVersion(phrase("the state of task %(number)s", number=number))
    return row


def _was_missed(connection: sa.Connection, offer: object) -> bool:
    """Whether a worker never saw that they were asked: nothing arrived, and their page was not open."""
    query = sa.select(task_offer.c.number, task_offer.c.shown_at).where(task_offer.c.number == offer)
    row = connection.execute(query).one()
    return row.shown_at is None and did_arrive(connection, about_offer(row.number)) is False


def release_worker(connection: sa.Connection, held: sa.Row[Any], end: OfferEnd, now: int) -> None:
    """The worker who has the task has it no more; what was not sent to them is not sent."""
    if held.offer is not None:
        ended = {"ended_at": now, "end": end.value}
        connection.execute(sa.update(task_offer).where(task_offer.c.number == held.offer).values(ended))
        unmissed = end in {OfferEnd.DECLINED, OfferEnd.TAKEN_BACK}
        (withdraw if unmissed else give_up)(connection, about_offer(held.offer), now)
    change_task(connection, held.number, _NOBODY)


def check_outcome(kind: str, outcome: str, note: str) -> None:
    known = outcomes_of(kind)
    if outcome not in known:
        raise StoreError(
            phrase(
                "%(outcome)r is nothing that comes of this: %(known)s",
                outcome=outcome[:40],
                known=listed(map(code, known)),
            ),
            where=phrase("outcome"),
        )
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise StoreError(
            phrase(
                "the note has %(count)s characters, at most %(longest)s on one line",
                count=len(note),
                longest=LONGEST_NOTE,
            ),
            where=phrase("note"),
        )
    if outcome == "other" and not note.strip():
        raise StoreError(
            phrase("what was done is not said"), where=phrase("note"), remedy=phrase("write it in a sentence")
        )
