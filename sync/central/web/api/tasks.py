"""Who is sent where: tasks, whom they were offered, what became of the messages."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query
from msgspec import Meta
from starlette.responses import Response

from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.delivery.queue import Delivery, deliveries_about
from sync.central.dispatch.reading import Task, ended_tasks, find_task, live_tasks
from sync.central.dispatch.rosters import OnDuty, on_duty
from sync.central.dispatch.tasks import about_offer
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.api.places import Before, Count
from sync.central.web.dispatch_acts import end_task, hand_task_on, remind_worker, send_worker
from sync.central.web.paging import cursor_of, key_of

OPERATIONS = Operations()


class WorkerChosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to send: the number of a worker."""

    worker: Annotated[int, Meta(ge=1, le=2**53)]


class TaskDone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a task, by its code, and in a sentence without names."""

    outcome: Annotated[str, Meta(min_length=1, max_length=40)]
    said: Annotated[str, Meta(max_length=300)] = ""


@OPERATIONS.get("/api/tasks", act=Act.CARE, answer=Listing[Task])
def list_tasks(call: Call, count: Count = 100) -> Response:
    """The tasks that are not over: the most urgent first, then the oldest."""
    with call.store.reading() as connection:
        return answer(Listing(live_tasks(connection, call.sight, count)))


@OPERATIONS.get("/api/tasks/ended", act=Act.CARE, answer=Listing[Task])
def list_ended_tasks(
    call: Call, since: Annotated[int, Query(ge=0, le=2**62)] = 0, count: Count = 100, before: Before = ""
) -> Response:
    """The tasks that ended after a time, the last first."""
    key = key_of(before, int)
    with call.store.reading() as connection:
        found = ended_tasks(connection, call.sight, since, count + 1, key)
    last = found[count - 1] if len(found) > count else None
    return answer(Listing(found[:count], None if last is None else cursor_of(last.number)))


@OPERATIONS.get("/api/tasks/{number}/messages", act=Act.CARE, answer=Listing[Delivery])
def list_messages(call: Call, number: int) -> Response:
    """The messages about the offer that counts, each with its tries."""
    with call.store.reading() as connection:
        found = find_task(connection, call.sight, number)
        if found is None:
            raise NotFound
        offer = found.offer
        return answer(Listing([] if offer is None else deliveries_about(connection, about_offer(offer))))


@OPERATIONS.post("/api/tasks/{number}/send", act=Act.CARE, takes=WorkerChosen, answer=Task)
def send(call: Call, body: Body, number: int) -> Response:
    """Send a worker."""
    chosen = taken(body, WorkerChosen)
    return done(call, body, lambda connection: send_worker(call, connection, number, chosen.worker))


@OPERATIONS.post("/api/tasks/{number}/remind", act=Act.CARE, answer=Task)
def remind(call: Call, number: int) -> Response:
    """Have the worker who is asked told again."""
    with call.act() as connection:
        return answer(remind_worker(call, connection, number))


@OPERATIONS.post("/api/tasks/{number}/hand-on", act=Act.CARE, answer=Task)
def hand_on(call: Call, number: int) -> Response:
    """Take a task from who has it, and send the next."""
    with call.act() as connection:
        return answer(hand_task_on(call, connection, number))


@OPERATIONS.post("/api/tasks/{number}/close", act=Act.CARE, takes=TaskDone, answer=Task)
def close(call: Call, body: Body, number: int) -> Response:
    """End a task with what was done; the alarm for which it was is closed, too."""
    told = taken(body, TaskDone)
    return done(call, body, lambda connection: end_task(call, connection, number, told.outcome, told.said))


@OPERATIONS.get("/api/duty", act=Act.CARE, answer=Listing[OnDuty])
def list_duty(call: Call) -> Response:
    """Who is on duty now."""
    with call.store.reading() as connection:
        return answer(Listing(on_duty(connection, call.sight, call.zone, call.now)))
