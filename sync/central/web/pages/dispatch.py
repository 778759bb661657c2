"""The page Dispatch: tasks by how far they are, whom to send, what was done today, who is on duty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Form
from sqlalchemy import Connection
from starlette.responses import Response

from edge.signing.cose import instant
from edge.web.streams import Item
from edge.web.visit import NotFound
from sync.central.accounts.core.roles import Act
from sync.central.audit.audit import About, note
from sync.central.delivery.queue import deliveries_about
from sync.central.dispatch.core.assignments import outcomes_of
from sync.central.dispatch.core.life import TaskState
from sync.central.dispatch.reading import (
    COLUMNS,
    Task,
    ended_tasks,
    live_tasks,
    newest_change,
    task_at,
    to_on_way,
)
from sync.central.dispatch.rosters import choice_for, holes_in, on_duty
from sync.central.dispatch.tasks import about_offer, close_task, hand_on, remind, send_to
from sync.central.dispatch.words import words_of_kind
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import place_tree
from sync.central.sending import bounds_of
from sync.central.store import StoreError
from sync.central.units import DAY
from sync.central.web.alarms_closed import close_for_task
from sync.central.web.dispatch_words import OUTCOME_WORDS, STUCK_WORDS
from sync.central.web.errors import raise_failure
from sync.central.web.form_times import begin_of
from sync.central.web.routes import Pages
from sync.central.web.streams import stream
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_OTHERS = 20


@PAGES.get("/dispatch", act=Act.CARE)
def board(visit: VisitOf, overdue: bool = False) -> Response:
    """Four columns with clocks and bounds, what was done today, who is on duty and when nobody is."""
    bounds, now, zone = bounds_of(visit.services.dispatch), visit.now, visit.zone
    today = begin_of(instant(now).astimezone(zone).date(), zone)
    with visit.store.reading() as connection:
        live = live_tasks(connection, visit.sight)
        duty = on_duty(connection, EVERYWHERE, zone, now)
        names = _names(visit, connection)
        seen = [each for each in duty if each.worker.place in names]
        choices = {
            each.number: choice_for(connection, each.number, seen)[:_OTHERS]
            for each in live
            if each.state in {TaskState.OPEN, TaskState.SENT}
        }
        offers = [each.offer for each in live if each.offer is not None]
        sent = {offer: deliveries_about(connection, about_offer(offer)) for offer in offers}
        ended = ended_tasks(connection, visit.sight, today)
        figure = to_on_way(connection, visit.sight, today, today + DAY)
        gaps = holes_in(connection, visit.sight, zone, now, now + DAY)
        newest = newest_change(connection)
    late = [each for each in live if each.dial(bounds).is_over(now)]
    shown = late if overdue else live
    return visit.page(
        "dispatch/board.html",
        title=visit.gettext("Dispatch"),
        columns={name: [each for each in shown if each.column == name] for name in COLUMNS},
        bounds=bounds,
        choices=choices,
        sent=sent,
        late=len(late),
        overdue=overdue,
        ended=ended,
        figure=figure,
        duty=seen,
        gaps=gaps,
        places=names,
        names=visit.site_names(each.site for each in (*live, *ended)),
        kinds=words_of_kind,
        outcomes=OUTCOME_WORDS,
        stuck=STUCK_WORDS,
        outcomes_of=outcomes_of,
        stream=f"/dispatch/stream?after={newest}",
        may_manage=visit.actor.may(Act.MANAGE_ROSTER),
    )


@PAGES.get("/dispatch/stream", act=Act.CARE)
def changes(visit: VisitOf) -> Response:
    """Says when something happened to a task; the page then offers to load it anew."""

    def after(_: Visit, connection: Connection, key: int, __: int) -> Sequence[Item]:
        newest = newest_change(connection)
        return (Item(newest, "", "changed"),) if newest > key else ()

    return stream(visit, newest_change, after)


@PAGES.post("/dispatch/{number}/send", act=Act.CARE)
def sent(visit: VisitOf, number: int, worker: Annotated[int, Form(ge=1, le=2**53)]) -> Response:
    with visit.act() as connection:
        found = _seen(connection, visit, number)
        send_to(connection, visit.sight, number, worker, visit.actor.name, visit.now)
        _note(visit, connection, found, "send_worker", {"worker": worker})
    return _back(visit)


@PAGES.post("/dispatch/{number}/remind", act=Act.CARE)
def reminded(visit: VisitOf, number: int) -> Response:
    with visit.act() as connection:
        found = _seen(connection, visit, number)
        remind(connection, visit.sight, number)
        _note(visit, connection, found, "remind_worker", {"worker": found.worker})
    return _back(visit)


@PAGES.post("/dispatch/{number}/hand-on", act=Act.CARE)
def handed_on(visit: VisitOf, number: int) -> Response:
    """Take the task from who has it, and send the next at once, where there is one."""
    with visit.act() as connection:
        found = _seen(connection, visit, number)
        hand_on(connection, visit.sight, number, visit.now)
        duty = on_duty(connection, EVERYWHERE, visit.zone, visit.now)
        if choice := choice_for(connection, number, duty):
            chosen = choice[0].worker.number
            send_to(connection, EVERYWHERE, number, chosen, visit.actor.name, visit.now)
        _note(visit, connection, found, "hand_task_on", {"worker": found.worker})
    return _back(visit)


@PAGES.post("/dispatch/{number}/close", act=Act.CARE)
def closed(
    visit: VisitOf,
    number: int,
    outcome: Annotated[str, Form(max_length=40)],
    said: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """End a task from here, with what was done."""
    words = " ".join(said.split())
    with visit.act() as connection:
        found = _seen(connection, visit, number)
        alarm = close_task(connection, visit.sight, number, outcome, words, visit.now)
        _note(visit, connection, found, "close_task", {"outcome": outcome})
        close_for_task(connection, visit.actor, alarm, outcome, words, visit.now)
    return _back(visit)


# --- inside --------------------------------------------------------------------------------


def _names(visit: Visit, connection: Connection) -> dict[int, str]:
    """What the places in sight are called, from the largest down."""
    return {node.number: node.name for node in place_tree(connection, visit.sight)}


def _seen(connection: Connection, visit: Visit, number: int) -> Task:
    """The task with this number. Raises NotFound where there is none in sight."""
    try:
        return task_at(connection, visit.sight, number)
    except StoreError as error:
        raise_failure(error)
        raise NotFound from None


def _note(visit: Visit, connection: Connection, found: Task, act: str, detail: Mapping[str, Any]) -> None:
    note(connection, visit.actor, act, About("task", str(found.number), found.site), visit.now, detail=detail)


def _back(visit: Visit) -> Response:
    visit.services.pulse.notify()
    return visit.go("/dispatch")
