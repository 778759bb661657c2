"""Employers at the sites: their shifts with the rules that these need, and lists that a registrar takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
from fastapi import File, Form, Query, UploadFile
from starlette.responses import Response

from edge.errors import GatepostError
from edge.signing.cose import instant
from edge.support.phrases import phrase
from edge.web.routes import PUBLIC
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core import Act
from sync.central.audit.audit import About, note
from sync.central.changes.submitting import WaitingSet
from sync.central.places.tree import place_tree
from sync.central.registry.site_policy import policy_in_force
from sync.central.store import StoreError
from sync.central.visits.attendance import attendance
from sync.central.visits.core import DAYS, DayCount, WorkShift, missing_rules
from sync.central.visits.employers import (
    MOST_BYTES,
    Employer,
    PlannedList,
    decided_already,
    employer_at,
    employer_of_token,
    employers,
    give_link,
    keep_list,
    list_at,
    lists_of,
    make_employer,
    plan_list,
    put_aside,
    take_list,
    zone_of_lists,
)
from sync.central.web.form_times import end_of_day, zone_of
from sync.central.web.lists import list_in
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_LONGEST_TOKEN = 64
_SHOWN = 100
_FIRST, _LAST = date(1971, 1, 1), date(2199, 12, 31)
Day = Annotated[str, Query(max_length=10)]
_BODY = MOST_BYTES + 64 * 1024
DAY_NAMES = dict(
    zip(
        DAYS,
        (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun")),
        strict=True,
    )
)


@PAGES.get("/employers", act=Act.IMPORT)
def listed(visit: VisitOf) -> Response:
    with visit.store.reading() as connection:
        found = employers(connection, visit.sight)
        sites = [node for node in place_tree(connection, visit.sight) if node.site]
    title = visit.gettext("Employers")
    return visit.page(
        "employers/list.html",
        title=title,
        rows=found,
        names=visit.site_names(each.site for each in found),
        sites=sites,
        days=DAY_NAMES,
        shift_rows=range(3),
    )


@PAGES.post("/employers", act=Act.IMPORT)
def made(
    visit: VisitOf,
    site: Annotated[str, Form(max_length=100)],
    name: Annotated[str, Form(max_length=200)],
    until: Annotated[str, Form(max_length=20)],
    shift: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    days: Annotated[list[str], Form()] = [],  # noqa: B006
    start: Annotated[list[str], Form()] = [],  # noqa: B006
    end: Annotated[list[str], Form()] = [],  # noqa: B006
) -> Response:
    """Register an employer; `days` are "0:monday": the shift's row, and the day."""
    visit.see_site(site)
    with visit.act() as connection:
        shifts = _shifts(shift, days, start, end)
        ends = end_of_day(until, zone_of(connection, site))
        number = make_employer(connection, visit.actor, site, name, shifts, ends, visit.now)
    return visit.go(f"/employers/{number}")


@PAGES.get("/employers/{number}", act=Act.IMPORT)
def shown(visit: VisitOf, number: int) -> Response:
    with visit.store.reading() as connection:
        held = _held(connection, visit, number)
        lists = lists_of(connection, held)
    rules, unknown = _rules(visit, held)
    return _page(visit, "employers/one.html", held, lists=lists, rules=rules, unknown=unknown, link=None)


@PAGES.get("/employers/{number}/days", act=Act.IMPORT)
def days(visit: VisitOf, number: int, since: Day = "", until: Day = "") -> Response:
    """Who came, day by day, as counts: a record opens for a purpose, on its person's page."""
    with visit.store.reading() as connection:
        held = _held(connection, visit, number)
        first, last = _stretch(visit, connection, held, since, until)
        found = attendance(connection, held, first, last, visit.now)
    exports = visit.actor.may(Act.EXPORT)
    values = {"rows": found, "first": first, "last": last, "exports": exports}
    return _page(visit, "employers/days.html", held, **values)


@PAGES.get("/employers/{number}/days.csv", act=Act.EXPORT)
def days_exported(visit: VisitOf, number: int, since: Day = "", until: Day = "") -> Response:
    """The same counts as a table; the audit says who took it."""
    with visit.act() as connection:
        held = _held(connection, visit, number)
        first, last = _stretch(visit, connection, held, since, until)
        found = attendance(connection, held, first, last, visit.now)
        about, detail = About("employer", str(number), held.site), {"days": len(found)}
        note(connection, visit.actor, "export", about, visit.now, detail=detail)
    lines = [",".join(DayCount.__dataclass_fields__)]
    lines += [",".join(str(value) for value in vars(each).values()) for each in found]
    name = f"employer-{number}-{first}-{last}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    text = "\r\n".join((*lines, ""))
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@PAGES.post("/employers/{number}/link", act=Act.IMPORT)
def linked(visit: VisitOf, number: int) -> Response:
    """Give the employer a link in place of an earlier one: the page tells it once."""
    with visit.act() as connection:
        held = _held(connection, visit, number)
        token = give_link(connection, visit.actor, held, visit.now)
        lists = lists_of(connection, held)
    rules, unknown = _rules(visit, held)
    link = f"{visit.services.settings.public_origin}/employers/lists/by/{token}"
    return _page(visit, "employers/one.html", held, lists=lists, rules=rules, unknown=unknown, link=link)


@PAGES.post("/employers/{number}/lists", act=Act.IMPORT, body=_BODY)
def uploaded(visit: VisitOf, number: int, table: Annotated[UploadFile, File()]) -> Response:
    _, kept, _ = _keep(visit, lambda connection: _held(connection, visit, number), table, visit.actor)
    return visit.go(f"/employers/lists/{kept}")


@PAGES.get("/employers/lists/{number}", act=Act.IMPORT)
def list_shown(visit: VisitOf, number: int) -> Response:
    """What a list would do: nothing is changed yet."""
    with visit.store.reading() as connection:
        found = list_at(connection, visit.sight, number)
        if found is None:
            raise NotFound
        held, head, data = found
        zone = zone_of(connection, held.site)
    planned = None
    if data is not None:
        read = list_in(visit, head.name, data, zone)
        with visit.store.reading() as connection:
            planned = plan_list(connection, held, head.name, read)
    return _page(visit, "employers/sent.html", held, head=head, planned=planned, shown=_SHOWN)


@PAGES.post("/employers/lists/{number}/take", act=Act.IMPORT)
def taken(visit: VisitOf, number: int) -> Response:
    with visit.store.reading() as connection:
        found = list_at(connection, visit.sight, number)
        if found is None:
            raise NotFound
        held, head, data = found
        zone = zone_of(connection, held.site)
    if data is None:
        raise decided_already(number)
    read = list_in(visit, head.name, data, zone)
    with visit.act() as connection:
        limits = visit.services.limits
        done = take_list(connection, visit.actor, visit.sight, number, read, visit.now, limits)
    return visit.go(
        f"/approvals/{done.number}" if isinstance(done, WaitingSet) else f"/employers/lists/{number}"
    )


@PAGES.post("/employers/lists/{number}/aside", act=Act.IMPORT)
def set_aside(visit: VisitOf, number: int) -> Response:
    with visit.act() as connection:
        if list_at(connection, visit.sight, number) is None:
            raise NotFound
        put_aside(connection, visit.actor, visit.sight, number, visit.now)
    return visit.go(f"/employers/lists/{number}")


# --- the employer's own page: a link, no account --------------------------------------------------


@PAGES.get("/employers/lists/by/{token}", act=PUBLIC)
def asked(visit: VisitOf, token: str) -> Response:
    with visit.store.reading() as connection:
        held = _by_token(connection, visit, token)
    return _public(visit, held, token, planned=None)


@PAGES.post("/employers/lists/by/{token}", act=PUBLIC, body=_BODY)
def sent(visit: VisitOf, token: str, table: Annotated[UploadFile, File()]) -> Response:
    """Keep an employer's list for the registrar, and say what is wrong with it."""
    held, _, planned = _keep(visit, lambda connection: _by_token(connection, visit, token), table, None)
    return _public(visit, held, token, planned=planned)


# --- inside --------------------------------------------------------------------------------


def _stretch(
    visit: Visit, connection: sa.Connection, held: Employer, since: str, until: str
) -> tuple[date, date]:
    """The days that are asked for, in the zone of the site; else the last week."""
    today = instant(visit.now).astimezone(zone_of(connection, held.site)).date()
    last = _day(until) if until else today
    return (_day(since) if since else last - timedelta(days=6)), last


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise StoreError(
            phrase("%(text)r is not a day", text=text), remedy=phrase("write 2026-03-31")
        ) from None
    if not _FIRST <= found <= _LAST:
        raise StoreError(
            phrase(
                "%(text)s is not a day of ours: expected %(first)s to %(last)s",
                text=text,
                first=_FIRST,
                last=_LAST,
            )
        )
    return found


def _held(connection: sa.Connection, visit: Visit, number: int) -> Employer:
    held = employer_at(connection, visit.sight, number)
    if held is None:
        raise NotFound
    return held


def _by_token(connection: sa.Connection, visit: Visit, token: str) -> Employer:
    held = None if len(token) > _LONGEST_TOKEN else employer_of_token(connection, token, visit.now)
    if held is None:
        raise NotFound
    return held


def _page(visit: Visit, template: str, held: Employer, **values: object) -> Response:
    crumbs = ((visit.gettext("Employers"), "/employers"), (held.name, f"/employers/{held.number}"))
    values = {"held": held, "names": visit.site_names([held.site]), "days": DAY_NAMES, **values}
    return visit.page(template, title=held.name, crumbs=crumbs, status=200, **values)


def _public(visit: Visit, held: Employer, token: str, *, planned: object) -> Response:
    title = visit.gettext("List of %(name)s", name=held.name)
    values = {"held": held, "token": token, "planned": planned, "shown": _SHOWN, "days": DAY_NAMES}
    return visit.page("employers/public.html", title=title, crumbs=(), status=200, **values)


def _keep(
    visit: Visit, find: Callable[[sa.Connection], Employer], table: UploadFile, actor: Actor | None
) -> tuple[Employer, int, PlannedList]:
    """Keep the list that `actor`, or the employer itself (None), sent: its number, and what it would do."""
    name, data = _file(table)
    with visit.store.reading() as connection:
        zone = zone_of_lists(connection, find(connection))
    read = list_in(visit, name, data, zone)
    with visit.act() as connection:
        held = find(connection)
        sender = actor or Actor(None, f"employer {held.number}, by its link", (), Via.SYSTEM)
        return held, *keep_list(connection, sender, held, name, data, read, visit.now)


def _file(table: UploadFile) -> tuple[str, bytes]:
    return Path(table.filename or "list").name[-100:], table.file.read(MOST_BYTES + 1)


def _rules(visit: Visit, held: Employer) -> tuple[str, str]:
    """The rules that the site's policy lacks for this employer; and why that is not known."""
    section = visit.services.section
    if section is None:
        return missing_rules(None, held.number, held.shifts), visit.gettext(
            "This process does not hold the policies."
        )
    try:
        with visit.store.reading() as connection:
            policy = policy_in_force(connection, section.sites / held.site, held.site).policy
    except GatepostError as error:
        return missing_rules(None, held.number, held.shifts), str(visit.said(error))
    return missing_rules(policy, held.number, held.shifts), ""


def _shifts(names: list[str], days: list[str], start: list[str], end: list[str]) -> list[WorkShift]:
    """The shifts of a form's rows; a row without a name is none."""
    rows = zip(names, start, end, strict=False)
    return [
        WorkShift(name.strip(), tuple(day for day in DAYS if f"{row}:{day}" in days), begins, ends)
        for row, (name, begins, ends) in enumerate(rows)
        if name.strip()
    ]
