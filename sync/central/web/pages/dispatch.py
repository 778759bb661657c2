"""The page Dispatch: tasks by how far they are, whom to send, what was done today, who is on duty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Query
from sqlalchemy import Connection
from starlette.responses import Response

from edge.signing.cose import instant
from edge.web.streams import StreamItem
from sync.central.accounts.core import Act
from sync.central.delivery.queue import deliveries_about
from sync.central.dispatch.changed import newest_change
from sync.central.dispatch.core import TaskState, outcomes_of
from sync.central.dispatch.reading import (
    COLUMNS,
    ended_tasks,
    live_tasks,
    to_on_way,
)
from sync.central.dispatch.rosters import choices_for, holes_in, on_duty
from sync.central.dispatch.tasks import about_offer
from sync.central.dispatch.words import words_of_kind
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import place_tree
from sync.central.sending import bounds_of
from sync.central.units import DAY
from sync.central.web.dispatch_acts import end_task, hand_task_on, remind_worker, send_worker
from sync.central.web.dispatch_words import OUTCOME_WORDS, STUCK_WORDS
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
        waiting = [each.number for each in live if each.state in {TaskState.OPEN, TaskState.SENT}]
        choices = choices_for(connection, waiting, seen, bounds, now)
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
        choices={number: found[:_OTHERS] for number, found in choices.items()},
        first=next(
            (each.number for each in shown if each.state == TaskState.OPEN and choices[each.number]), None
        ),
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
def changes(
    visit: VisitOf, begin: Annotated[int | None, Query(alias="after", ge=0, lt=1 << 62)] = None
) -> Response:
    """Says when something happened to a task that the page does not show; it then offers to load it anew."""

    def from_page(connection: Connection) -> int:
        return newest_change(connection) if begin is None else begin

    def after(_: Visit, connection: Connection, key: int, __: int) -> Sequence[StreamItem]:
        newest = newest_change(connection)
        return (StreamItem(newest, "", "changed"),) if newest > key else ()

    return stream(visit, from_page, after)


@PAGES.post("/dispatch/{number}/send", act=Act.CARE)
def sent(visit: VisitOf, number: int, worker: Annotated[int, Form(ge=1, le=2**53)]) -> Response:
    with visit.act() as connection:
        send_worker(visit, connection, number, worker)
    return _back(visit)


@PAGES.post("/dispatch/{number}/remind", act=Act.CARE)
def reminded(visit: VisitOf, number: int) -> Response:
    with visit.act() as connection:
        remind_worker(visit, connection, number)
    return _back(visit)


@PAGES.post("/dispatch/{number}/hand-on", act=Act.CARE)
def handed_on(visit: VisitOf, number: int) -> Response:
    with visit.act() as connection:
        hand_task_on(visit, connection, number)
    return _back(visit)


@PAGES.post("/dispatch/{number}/close", act=Act.CARE)
def closed(
    visit: VisitOf,
    number: int,
    outcome: Annotated[str, Form(max_length=40)],
    said: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    with visit.act() as connection:
        end_task(visit, connection, number, outcome, said)
    return _back(visit)


# --- inside --------------------------------------------------------------------------------


def _names(visit: Visit, connection: Connection) -> dict[int, str]:
    """What the places in sight are called, from the largest down."""
    return {node.number: node.name for node in place_tree(connection, visit.sight)}


def _back(visit: Visit) -> Response:
    visit.services.pulse.notify()
    return visit.go("/dispatch")
