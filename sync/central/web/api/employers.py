"""Employers at the sites, and the lists of whom they bring."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from fastapi import Query
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from edge.decision import Subject
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.imports.core import CellProblem
from sync.central.visits.attendance import attendance
from sync.central.visits.core import DayCount, WorkShift
from sync.central.visits.employers import (
    MOST_BYTES,
    Employer,
    ListHead,
    PlannedList,
    decided_already,
    employer_at,
    employers,
    keep_list,
    list_at,
    lists_of,
    make_employer,
    plan_list,
    put_aside,
    take_list,
    zone_of_lists,
)
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operating import Numbered
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.api.people import Submitted, submitted_as
from sync.central.web.form_times import zone_of
from sync.central.web.lists import list_in
from sync.central.web.visit import Visit

OPERATIONS = Operations()


class EmployerAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An employer with its shifts; whom it brings is here until `until` (microseconds since 1970 UTC)."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    until: Annotated[int, Meta(ge=0, le=2**62)]
    shifts: Annotated[tuple[WorkShift, ...], Meta(max_length=20)] = ()


class ListKept(msgspec.Struct, frozen=True):
    """A list that waits for a registrar, and what it would do; nothing is changed yet."""

    number: int
    people: tuple[Subject, ...]
    problems: tuple[CellProblem, ...]


@OPERATIONS.get("/api/employers", act=Act.IMPORT, answer=Listing[Employer])
def list_employers(call: Call) -> Response:
    """The employers in sight."""
    with call.store.reading() as connection:
        return answer(Listing([*employers(connection, call.sight)]))


@OPERATIONS.post("/api/sites/{site}/employers", act=Act.IMPORT, takes=EmployerAsked, answer=Numbered)
def add_employer(call: Call, body: Body, site: str) -> Response:
    """Register an employer at a site."""
    call.see_site(site)
    asked = taken(body, EmployerAsked)

    def act(connection: Connection) -> Numbered:
        made = make_employer(connection, call.actor, site, asked.name, asked.shifts, asked.until, call.now)
        return Numbered(made)

    return done(call, body, act)


@OPERATIONS.get("/api/employers/{number}/lists", act=Act.IMPORT, answer=Listing[ListHead])
def list_lists(call: Call, number: int) -> Response:
    """The lists that an employer sent, and what became of each."""
    with call.store.reading() as connection:
        return answer(Listing([*lists_of(connection, _employer(call, connection, number))]))


@OPERATIONS.get("/api/employers/{number}/days", act=Act.IMPORT, answer=Listing[DayCount])
def list_days(call: Call, number: int, since: date, until: date) -> Response:
    """Who came of an employer's lists on each day from `since` to `until`, as counts; a month at most."""
    with call.store.reading() as connection:
        held = _employer(call, connection, number)
        return answer(Listing([*attendance(connection, held, since, until, call.now)]))


@OPERATIONS.post(
    "/api/employers/{number}/lists", act=Act.IMPORT, takes=bytes, answer=ListKept, body=MOST_BYTES + 1
)
def send_list(
    call: Call,
    body: Body,
    number: int,
    name: Annotated[str, Query(min_length=1, max_length=200, description="the file's, with its ending")],
) -> Response:
    """Keep a list for the registrar, and say what it would do and what is wrong with which row."""
    with call.store.reading() as connection:
        zone = zone_of_lists(connection, _employer(call, connection, number))
    read = list_in(call, name, body, zone)

    def act(connection: Connection) -> ListKept:
        held = _employer(call, connection, number)
        kept, planned = keep_list(connection, call.actor, held, name, body, read, call.now)
        return _answered(call, kept, planned)

    return done(call, body, act)


@OPERATIONS.get("/api/employers/lists/{number}", act=Act.IMPORT, answer=ListKept)
def one_list(call: Call, number: int) -> Response:
    """What a list would do that nobody has decided on."""
    held, head, data = _list(call, number)
    with call.store.reading() as connection:
        zone = zone_of(connection, held.site)
    read = list_in(call, head.name, data, zone)
    with call.store.reading() as connection:
        planned: PlannedList = plan_list(connection, held, head.name, read)
    return answer(_answered(call, number, planned))


@OPERATIONS.post("/api/employers/lists/{number}/take", act=Act.IMPORT, answer=Submitted)
def take_one_list(call: Call, number: int) -> Response:
    """Register whom a list brings, in one transaction; many at once wait for a second person."""
    held, head, data = _list(call, number)
    with call.store.reading() as connection:
        zone = zone_of(connection, held.site)
    read = list_in(call, head.name, data, zone)
    with call.act() as connection:
        made = take_list(connection, call.actor, call.sight, number, read, call.now, call.services.limits)
    return answer(submitted_as(made))


@OPERATIONS.post("/api/employers/lists/{number}/aside", act=Act.IMPORT, answer=Numbered)
def put_list_aside(call: Call, number: int) -> Response:
    """Put a list aside: nobody of it is registered."""
    with call.act() as connection:
        if list_at(connection, call.sight, number) is None:
            raise NotFound
        put_aside(connection, call.actor, call.sight, number, call.now)
    return answer(Numbered(number))


def _answered(call: Visit, number: int, planned: PlannedList) -> ListKept:
    problems = tuple(each.told(call.spoken) for each in planned.problems)
    return ListKept(number, planned.people, problems)


def _employer(call: Visit, connection: Connection, number: int) -> Employer:
    held = employer_at(connection, call.sight, number)
    if held is None:
        raise NotFound
    return held


def _list(call: Visit, number: int) -> tuple[Employer, ListHead, bytes]:
    """A list that nobody has decided on. Raises StoreError for one that is decided."""
    with call.store.reading() as connection:
        found = list_at(connection, call.sight, number)
    if found is None:
        raise NotFound
    held, head, data = found
    if data is None:
        raise decided_already(number)
    return held, head, data
