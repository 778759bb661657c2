"""The page of alarms: what needs somebody, one of them with its evidence, and what people do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Form, Query
from sqlalchemy import Connection
from starlette.responses import Response

from edge.support.phrases import phrase
from edge.web.streams import StreamItem
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.alarms.caring import alarm_sent, close_alarm, held_alarm, snooze_alarm, take_alarm
from sync.central.alarms.core import KINDS, SILENT, AlarmKind
from sync.central.alarms.listing import (
    AlarmFilters,
    ListedAlarm,
    Watcher,
    alarm_at,
    alarms_in,
    evidence_of,
    newest_step,
    steps_of,
    watcher_of,
)
from sync.central.alarms.rules import RulesInForce
from sync.central.newer import is_known
from sync.central.places.tree import place_tree
from sync.central.store import StoreError
from sync.central.task_senders import TaskSenders
from sync.central.web.alarm_figures import alarm_figures
from sync.central.web.alarm_rows import AlarmRow, items_after, rows_of
from sync.central.web.routes import Pages
from sync.central.web.streams import stream
from sync.central.web.visit import Visit, VisitOf
from sync.central.web.words import ALARM_STEPS

PAGES = Pages()
ROWS = 100
_SENDERS = TaskSenders()


@PAGES.get("/alarms", act=Act.SEE)
def alarms(
    visit: VisitOf,
    show: Annotated[str, Query(max_length=16)] = "open",
    place: Annotated[str, Query(max_length=18)] = "",
    kind: Annotated[str, Query(max_length=32)] = "",
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    is_open = show != "closed"
    wanted = AlarmKind(kind) if is_known(AlarmKind, kind) else None
    number = int(place) if place.isdecimal() else None
    filters = AlarmFilters(place=number, kind=wanted, is_open=is_open)
    watcher = watcher_of(visit.actor)
    with visit.store.reading() as connection:
        step = newest_step(connection)
        found = alarms_in(connection, watcher, filters, after=after, count=ROWS + 1)
        places = place_tree(connection, visit.sight)
    is_live = is_open and not after and wanted is None and number is None
    asked = f"/alarms?show={show}&place={number or ''}&kind={wanted or ''}"
    may_care = visit.actor.may(Act.CARE)
    return visit.page(
        "alarms/list.html",
        title=visit.gettext("Alarms"),
        crumbs=[(visit.gettext("Alarms"), None)],
        rows=rows_of(visit, found[:ROWS]),
        filters=filters,
        is_open=is_open,
        kinds=[(each, facts) for each, facts in KINDS.items() if may_care or each not in SILENT],
        places=places,
        stream=f"/alarms/stream?from={step}" if is_live else None,
        older=f"{asked}&after={after + ROWS}" if len(found) > ROWS else None,
        newest=asked if after else None,
        may_set_rules=visit.actor.may(Act.SET_LIMITS),
    )


@PAGES.get("/alarms/stream", act=Act.SEE)
def alarm_stream(
    visit: VisitOf, begin: Annotated[int | None, Query(alias="from", ge=0, lt=1 << 62)] = None
) -> Response:
    """The alarms as they change, from where the page is."""

    def newest(connection: Connection) -> int:
        return newest_step(connection) if begin is None else begin

    def after(visit: Visit, connection: Connection, key: int, _: int) -> Sequence[StreamItem]:
        return items_after(visit, connection, key)

    return stream(visit, newest, after)


@PAGES.get("/alarms/{number}", act=Act.SEE)
def one(visit: VisitOf, number: int) -> Response:
    """One alarm: what shows it, and what became of it."""
    with visit.store.reading() as connection:
        found = _found(connection, watcher_of(visit.actor), number)
        steps = steps_of(connection, number)
        evidence, out_of_sight = evidence_of(connection, found, visit.sight)
        care = visit.actor.sight(Act.CARE)
        may_care = alarm_at(connection, Watcher(care, care), number) is not None
        people = visit.actor.sight(Act.SEE_PERSON)
        may_see_person = found.about.site is not None and people.has_site(connection, found.about.site)
        figures = alarm_figures(visit, connection, found.life.values)
        settings = RulesInForce(connection).rule(found.kind, found.about.where, visit.now).settings
    is_silent = KINDS[found.kind].is_silent
    return visit.page(
        "alarms/one.html",
        title=visit.gettext("Alarm %(number)s", number=number),
        crumbs=[(visit.gettext("Alarms"), "/alarms"), (str(number), None)],
        row=AlarmRow(found, acts=may_care),
        steps=[step if may_care else replace(step, why="") for step in steps],
        evidence=evidence,
        out_of_sight=out_of_sight,
        is_numbered=may_care,
        figures=figures,
        step_words=ALARM_STEPS,
        is_silent=is_silent,
        is_known=KINDS[found.kind].is_known,
        snooze_most=settings.snooze_most // 60,
        may_send=found.about.where != (None, None) and not is_silent and found.life.sent_at is None,
        may_see_person=may_see_person,
    )


@PAGES.post("/alarms/{number}/take", act=Act.CARE)
def take(visit: VisitOf, number: int) -> Response:
    with visit.act() as connection:
        _may_care(connection, visit, number)
        take_alarm(connection, visit.actor, number, visit.now)
    return visit.go(f"/alarms/{number}")


@PAGES.post("/alarms/{number}/snooze", act=Act.CARE)
def snooze(
    visit: VisitOf,
    number: int,
    minutes: Annotated[int, Form(ge=-(2**31), le=2**31)],
    why: Annotated[str, Form(max_length=600)] = "",
) -> Response:
    with visit.act() as connection:
        _may_care(connection, visit, number)
        snooze_alarm(connection, visit.actor, number, minutes, why, visit.now)
    return visit.go(f"/alarms/{number}")


@PAGES.post("/alarms/{number}/close", act=Act.CARE)
def close(visit: VisitOf, number: int, why: Annotated[str, Form(max_length=600)] = "") -> Response:
    """Close it with what was done; who is on the way is called back."""
    with visit.act() as connection:
        _may_care(connection, visit, number)
        close_alarm(connection, visit.actor, number, why, visit.now)
        _SENDERS.take_back(connection, number, visit.now)
    return visit.go(f"/alarms/{number}")


@PAGES.post("/alarms/{number}/send", act=Act.CARE)
def send(visit: VisitOf, number: int) -> Response:
    """Send the nearest who is on duty: a task, which goes on by itself."""
    with visit.act() as connection:
        _may_care(connection, visit, number)
        if not _SENDERS.send(connection, held_alarm(connection, visit.actor, number), visit.now):
            raise StoreError(
                phrase(
                    "nobody is sent for what is silent, of the centre itself, or of a place without a site"
                ),
                where=phrase("alarm %(number)s", number=number),
                remedy=phrase("tell somebody yourself, and take it"),
            )
        alarm_sent(connection, visit.actor, number, visit.now)
    return visit.go(f"/alarms/{number}")


# --- inside --------------------------------------------------------------------------------


def _found(connection: Connection, watcher: Watcher, number: int) -> ListedAlarm:
    found = None if abs(number) >> 62 else alarm_at(connection, watcher, number)
    if found is None:
        raise NotFound
    return found


def _may_care(connection: Connection, visit: Visit, number: int) -> None:
    care = visit.actor.sight(Act.CARE)
    _found(connection, Watcher(care, care), number)
