"""Reports: figures of a place and some days, made by the centre's process, and those that come again."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.reports.asking import ask_for, end_for, schedule_for
from sync.central.reports.core import Kind, Report
from sync.central.reports.keeping import ReportHead, ReportState, kept_at, report_at, reports
from sync.central.reports.schedules import Schedule, schedules
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operating import Numbered
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.api.places import Before, Count
from sync.central.web.paging import cursor_of, key_of
from sync.central.web.report_asking import asking_of, place_in

OPERATIONS = Operations()
PlaceNumber = Annotated[int, Meta(ge=1, le=2**62)]


class ReportAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which report is wanted: of a `place` (null: everywhere), of the last day, week or month that is over,
    or (`single`) of the days from `first` to `last`.
    """

    kind: Kind = Kind.SINGLE
    place: PlaceNumber | None = None
    first: date | None = None
    last: date | None = None


class ReportScheduled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A report that is to come again, and to whom it is sent."""

    kind: Kind
    addresses: Annotated[tuple[Annotated[str, Meta(max_length=254)], ...], Meta(min_length=1, max_length=20)]
    place: PlaceNumber | None = None


class ReportWhole(msgspec.Struct, frozen=True):
    """A report, and its figures where it is made. `overrides` are by staff id for those who may see people;
    for others the list is empty.
    """

    head: ReportHead
    report: Report | None = None


@OPERATIONS.get("/api/reports", act=Act.REPORT, answer=Listing[ReportHead])
def list_reports(call: Call, count: Count = 100, before: Before = "") -> Response:
    """The reports in sight, newest first."""
    key = key_of(before, int)
    with call.store.reading() as connection:
        found = reports(connection, call.sight, call.now, before=key, count=count + 1)
    more = cursor_of(found[count - 1].number) if len(found) > count else None
    return answer(Listing(found[:count], more))


@OPERATIONS.post("/api/reports", act=Act.REPORT, takes=ReportAsked, answer=Numbered)
def ask_report(call: Call, body: Body) -> Response:
    """Have a report made; ask for it by its number until it is."""
    wanted = taken(body, ReportAsked)

    def act(connection: Connection) -> Numbered:
        place = place_in(connection, call.sight, "" if wanted.place is None else str(wanted.place))
        days = (wanted.first, wanted.last)
        return Numbered(ask_for(connection, asking_of(call), place, wanted.kind, days))

    return done(call, body, act)


@OPERATIONS.get("/api/reports/{number}", act=Act.REPORT, answer=ReportWhole)
def one_report(call: Call, number: int) -> Response:
    """One report with its figures."""
    with call.store.reading() as connection:
        head = report_at(connection, call.sight, number, call.now)
        if head is None:
            raise NotFound
        kept = kept_at(connection, number) if head.state is ReportState.MADE else None
        people = call.actor.sight(Act.SEE_PERSON)
        named = kept is not None and people.has_sites(connection, kept.report.asked.sites)
    if kept is None:
        return answer(ReportWhole(head))
    found = kept.report
    if not named:
        found = msgspec.structs.replace(found, overrides=())
    return answer(ReportWhole(head, found))


@OPERATIONS.get("/api/report-schedules", act=Act.REPORT, answer=Listing[Schedule])
def list_schedules(call: Call) -> Response:
    """The reports that come again, newest first."""
    with call.store.reading() as connection:
        return answer(Listing(schedules(connection, call.sight)))


@OPERATIONS.post("/api/report-schedules", act=Act.REPORT, takes=ReportScheduled, answer=Numbered)
def add_schedule(call: Call, body: Body) -> Response:
    """Have a report come again, and be sent by e-mail."""
    wanted = taken(body, ReportScheduled)

    def act(connection: Connection) -> Numbered:
        place = place_in(connection, call.sight, "" if wanted.place is None else str(wanted.place))
        addresses = " ".join(wanted.addresses)
        return Numbered(schedule_for(connection, asking_of(call), place, wanted.kind, addresses))

    return done(call, body, act)


@OPERATIONS.post("/api/report-schedules/{number}/end", act=Act.REPORT, answer=Numbered)
def finish_schedule(call: Call, body: Body, number: int) -> Response:
    """Have no more of these made."""

    def act(connection: Connection) -> Numbered:
        if not end_for(connection, call.actor, call.sight, number, call.now):
            raise NotFound
        return Numbered(number)

    return done(call, body, act)
