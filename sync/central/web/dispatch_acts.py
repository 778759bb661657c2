"""What the console and the API do with a task, each noted: send, remind, hand on, close."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from edge.web.visit import NotFound
from sync.central.audit.audit import About, note
from sync.central.dispatch.reading import Task, find_task, task_at
from sync.central.dispatch.rosters import choice_for, on_duty
from sync.central.dispatch.tasks import close_task, hand_on, remind, send_to
from sync.central.dispatch.whereabouts import whereabouts_of
from sync.central.places.sight import EVERYWHERE
from sync.central.sending import bounds_of
from sync.central.web.alarms_closed import close_for_task
from sync.central.web.visit import Visit


def send_worker(visit: Visit, connection: Connection, number: int, worker: int) -> Task:
    """Send a worker. Raises NotFound, StoreError."""
    found = _seen(visit, connection, number)
    send_to(connection, visit.sight, number, worker, visit.actor.name, visit.now)
    _note(visit, connection, found, "send_worker", {"worker": worker})
    return task_at(connection, visit.sight, number)


def remind_worker(visit: Visit, connection: Connection, number: int) -> Task:
    """Have the worker who is asked told again. Raises NotFound, StoreError."""
    found = _seen(visit, connection, number)
    remind(connection, visit.sight, number)
    _note(visit, connection, found, "remind_worker", {"worker": found.worker})
    return task_at(connection, visit.sight, number)


def hand_task_on(visit: Visit, connection: Connection, number: int) -> Task:
    """Take the task from who has it, and send the next at once, where there is one. Raises NotFound,
    StoreError.
    """
    found = _seen(visit, connection, number)
    hand_on(connection, visit.sight, number, visit.now)
    duty = on_duty(connection, EVERYWHERE, visit.zone, visit.now)
    bounds = bounds_of(visit.services.dispatch)
    if choice := choice_for(connection, number, duty, bounds, visit.now):
        send_to(connection, EVERYWHERE, number, choice[0].worker.number, visit.actor.name, visit.now)
    _note(visit, connection, found, "hand_task_on", {"worker": found.worker})
    return task_at(connection, visit.sight, number)


def end_task(visit: Visit, connection: Connection, number: int, outcome: str, said: str) -> Task:
    """End a task with what was done, and the alarm for which it was. Raises NotFound, StoreError."""
    found = _seen(visit, connection, number)
    words = " ".join(said.split())
    alarm = close_task(connection, visit.sight, number, outcome, words, visit.now)
    _note(visit, connection, found, "close_task", {"outcome": outcome})
    close_for_task(connection, visit.actor, alarm, outcome, words, visit.now)
    return task_at(connection, visit.sight, number)


# --- inside --------------------------------------------------------------------------------


def _seen(visit: Visit, connection: Connection, number: int) -> Task:
    """The task with this number. Raises NotFound where there is none in sight."""
    found = find_task(connection, visit.sight, number)
    if found is None:
        raise NotFound
    return found


def _note(visit: Visit, connection: Connection, found: Task, act: str, detail: Mapping[str, Any]) -> None:
    where = whereabouts_of(found)
    about = About("task", str(found.number), where.site, where.place)
    note(connection, visit.actor, act, about, visit.now, detail=detail)
