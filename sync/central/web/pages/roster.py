"""The roster: who is on duty when, changes of single days, a list taken in, a link for a phone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import File, Form, UploadFile
from sqlalchemy import Connection
from starlette.responses import Response

from edge.errors import GatepostError
from edge.signing.cose import instant
from edge.support.phrases import phrase
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.audit.audit import About, note
from sync.central.dispatch.core import DayChange
from sync.central.dispatch.links import end_access, make_link
from sync.central.dispatch.lists import COLUMNS, MOST_BYTES, PlaceOf, as_text, read_roster, shift_of
from sync.central.dispatch.rosters import (
    Worker,
    change_day,
    end_worker,
    holes_in,
    put_worker,
    worker_at,
    workers_in,
)
from sync.central.places.tree import place_at, place_tree
from sync.central.sending import bounds_of
from sync.central.store import StoreError
from sync.central.units import DAY
from sync.central.web.errors import raise_failure
from sync.central.web.routes import Pages
from sync.central.web.visit import NothingDone, Visit, VisitOf

PAGES = Pages()
_BODY = MOST_BYTES + 64 * 1024
_SHOWN = 50
Number = Annotated[int, Form(ge=1, le=2**53)]


@PAGES.get("/roster", act=Act.MANAGE_ROSTER)
def roster(visit: VisitOf) -> Response:
    return _page(visit)


@PAGES.post("/roster/plan", act=Act.MANAGE_ROSTER, body=_BODY)
def planned(visit: VisitOf, table: Annotated[UploadFile, File()]) -> Response:
    """What a list would do: nothing is changed yet."""
    data, name = table.file.read(MOST_BYTES + 1), (table.filename or "roster")[:100]
    if len(data) > MOST_BYTES:
        raise NothingDone(
            phrase("%(name)s is larger than %(most)s bytes", name=name, most=MOST_BYTES),
            remedy=phrase("split the list"),
        )
    with visit.store.reading() as connection:
        names = _names(visit, connection)
        try:
            found = read_roster(data, name, _places(visit, connection))
        except GatepostError as error:
            raise error.retold(NothingDone) from error
        known = {(each.place, each.code) for each in workers_in(connection, visit.sight)}
    return visit.page(
        "dispatch/plan.html",
        title=visit.gettext("A roster, not taken in yet"),
        crumbs=((visit.gettext("Roster"), "/roster"), (name, None)),
        found=found,
        new=sum((each.place, each.code) not in known for each in found.workers),
        places=names,
        shown=_SHOWN,
        text=as_text(found.workers),
    )


@PAGES.post("/roster/apply", act=Act.MANAGE_ROSTER, body=_BODY)
def applied(visit: VisitOf, text: Annotated[str, Form(max_length=MOST_BYTES)]) -> Response:
    """Take a list in as it was shown; where anything of it cannot be used any more, nothing is."""
    with visit.act() as connection:
        try:
            found = read_roster(text.encode(), "the list", _places(visit, connection))
        except GatepostError as error:
            raise error.retold(StoreError) from error
        for problem in found.problems:
            raise StoreError(
                phrase("line %(line)s: %(problem)s", line=problem.line, problem=problem.what),
                remedy=phrase("upload the list again"),
            )
        for each in found.workers:
            number, _ = put_worker(connection, each, visit.actor.name, visit.now)
            _note(visit, connection, "put_worker", number, each.place)
    return visit.go("/roster")


@PAGES.post("/roster/put", act=Act.MANAGE_ROSTER)
def put(
    visit: VisitOf,
    code: Annotated[str, Form(max_length=60)],
    name: Annotated[str, Form(max_length=60)],
    place: Number,
    days: Annotated[str, Form(max_length=40)],
    start: Annotated[str, Form(max_length=8)],
    end: Annotated[str, Form(max_length=8)],
    language: Annotated[str, Form(max_length=2)] = "zh",
    mail: Annotated[str, Form(max_length=254)] = "",
    handle: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Put somebody on the roster, by the same reader as a list."""
    shift_of(days, start, end)
    with visit.act() as connection:
        names = _names(visit, connection)
        if place not in names:
            raise StoreError(phrase("there is no such place"), remedy=phrase("choose one of the list"))
        row = {"code": code, "name": name, "days": days, "start": start, "end": end}
        row |= {"place": str(place), "language": language, "mail": mail, "handle": handle}
        text = "\n".join((",".join(COLUMNS), ",".join(_quoted(row[column]) for column in COLUMNS)))
        found = read_roster(text.encode(), "the form", lambda _: place)
        for problem in found.problems:
            raise StoreError(
                phrase("%(column)s: %(problem)s", column=problem.column, problem=problem.what),
                remedy=phrase("nothing was changed"),
            )
        for each in found.workers:
            number, _ = put_worker(connection, each, visit.actor.name, visit.now)
            _note(visit, connection, "put_worker", number, place)
    return visit.go("/roster")


@PAGES.post("/roster/{number}/day", act=Act.MANAGE_ROSTER)
def day_changed(
    visit: VisitOf,
    number: int,
    day: Annotated[str, Form(max_length=10)],
    start: Annotated[str, Form(max_length=8)] = "",
    end: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """What is different on one day: off duty, or on duty from and to."""
    try:
        that = date.fromisoformat(day)
    except ValueError:
        raise NothingDone(
            phrase("%(day)r is not a day", day=day), remedy=phrase("write 2026-03-31")
        ) from None
    change = DayChange(that)
    if start or end:
        shift = shift_of("1", start, end)
        change = DayChange(that, shift.start, shift.end)
    with visit.act() as connection:
        held = _seen(connection, visit, number)
        change_day(connection, number, change)
        detail = {"day": day, "start": change.start, "end": change.end}
        about = About("worker", str(number), place=held.place)
        note(connection, visit.actor, "change_duty", about, visit.now, detail=detail)
    return visit.go("/roster")


@PAGES.post("/roster/{number}/link", act=Act.MANAGE_ROSTER)
def linked(visit: VisitOf, number: int) -> Response:
    """A link for the worker's phone: the page tells it once."""
    with visit.act() as connection:
        held = _seen(connection, visit, number)
        path = make_link(connection, held, visit.zone, bounds_of(visit.services.dispatch), visit.now)
        _note(visit, connection, "give_worker_link", number, held.place)
    return _page(visit, link=f"{visit.services.settings.public_origin}{path}", whose=held)


@PAGES.post("/roster/{number}/sign-out", act=Act.MANAGE_ROSTER)
def signed_out(visit: VisitOf, number: int) -> Response:
    """End what phones have of a worker: one is lost, say."""
    with visit.act() as connection:
        held = _seen(connection, visit, number)
        end_access(connection, number)
        _note(visit, connection, "end_worker_access", number, held.place)
    return visit.go("/roster")


@PAGES.post("/roster/{number}/end", act=Act.MANAGE_ROSTER)
def ended(visit: VisitOf, number: int) -> Response:
    with visit.act() as connection:
        held = _seen(connection, visit, number)
        end_worker(connection, number, visit.now)
        end_access(connection, number)
        _note(visit, connection, "end_worker", number, held.place)
    return visit.go("/roster")


# --- inside --------------------------------------------------------------------------------


def _names(visit: Visit, connection: Connection) -> dict[int, str]:
    """What the places in sight are called, from the largest down."""
    return {node.number: node.name for node in place_tree(connection, visit.sight)}


def _seen(connection: Connection, visit: Visit, number: int) -> Worker:
    """The worker with this number. Raises NotFound where there is none in sight."""
    try:
        return worker_at(connection, visit.sight, number)
    except StoreError as error:
        raise_failure(error)
        raise NotFound from None


def _page(visit: Visit, link: str = "", whose: Worker | None = None) -> Response:
    today = instant(visit.now).astimezone(visit.zone).date()
    with visit.store.reading() as connection:
        workers = workers_in(connection, visit.sight)
        names = _names(visit, connection)
        gaps = holes_in(connection, visit.sight, visit.zone, visit.now, visit.now + 7 * DAY)
    return visit.page(
        "dispatch/roster.html",
        title=visit.gettext("Roster"),
        workers=workers,
        places=names,
        gaps=gaps,
        link=link,
        whose=whose,
        columns=COLUMNS,
        today=today,
        tomorrow=today + timedelta(days=1),
    )


def _places(visit: Visit, connection: Connection) -> PlaceOf:
    """Names places among those that the actor manages: others are not there for them."""

    def place_of(text: str) -> int:
        is_number = text.startswith("#") and text[1:].isdecimal() and len(text) < 19
        number = int(text[1:]) if is_number else place_at(connection, text)
        if not visit.sight.has_place(connection, number):
            raise StoreError(phrase("there is no place %(text)r", text=text))
        return number

    return place_of


def _note(visit: Visit, connection: Connection, act: str, number: int, place: int) -> None:
    note(connection, visit.actor, act, About("worker", str(number), place=place), visit.now)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""').replace("\n", " ").replace("\r", " ") + '"'
