"""Visits: who is expected today and who is still inside, invited by staff; and the links of residents."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

import sqlalchemy as sa
from fastapi import Form
from starlette.responses import Response

from edge.credentials.known import shown_number
from edge.decision import Direction
from edge.signing.cose import instant, microseconds
from edge.support.phrases import phrase
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.audit.audit import About, note
from sync.central.newer import OpenWords
from sync.central.places.tree import place_tree
from sync.central.store import StoreError
from sync.central.units import DAY
from sync.central.visits.core import (
    MOST_VISITS,
    NumberVerdict,
    VisitState,
    WantedVisit,
    may_be_cancelled,
    may_be_said_left,
)
from sync.central.visits.invitations import live_invitations, make_invitation, withdraw_invitation
from sync.central.visits.numbers import use_number
from sync.central.visits.passes import NoPass, pass_of
from sync.central.visits.visits import (
    Inviting,
    cancel,
    invite,
    overstayed,
    say_left,
    visit_at,
    visits_between,
)
from sync.central.web.form_times import begin_of, local_of, moment_in, needed, zone_of
from sync.central.web.paging import cursor_of, key_of
from sync.central.web.revoking import not_revoked
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_ROWS = 100
_OVERSTAYED_FOR = 7 * DAY
STATE_NAMES = OpenWords(
    {
        VisitState.OVERSTAYED: N_("Overstayed"),
        VisitState.ARRIVED: N_("Arrived"),
        VisitState.INVITED: N_("Invited"),
        VisitState.NO_SHOW: N_("No show"),
        VisitState.LEFT: N_("Left"),
        VisitState.CANCELLED: N_("Cancelled"),
    }
)


VERDICTS = {
    NumberVerdict.GOOD: N_("The number is good"),
    NumberVerdict.NOT_A_NUMBER: N_("A number has six to eight digits: ask for it again"),
    NumberVerdict.UNKNOWN: N_("Nobody has this number here: ask for it again"),
    NumberVerdict.CANCELLED: N_("The visit was cancelled"),
    NumberVerdict.TOO_EARLY: N_("The visit has not begun yet"),
    NumberVerdict.OVER: N_("The visit is over"),
    NumberVerdict.USED_UP: N_("The number was used as often as it may be"),
    NumberVerdict.TOO_MANY_WRONG: N_("Too many wrong numbers here: none is looked at for ten minutes"),
}


@PAGES.get("/visits", act=Act.INVITE)
def listed(visit: VisitOf, day: str = "", state: VisitState | Literal[""] = "", after: str = "") -> Response:
    """The visits of a day, before them those who should have left."""
    begin, end, shown = _day_of(visit, day)
    with visit.store.reading() as connection:
        over = overstayed(connection, visit.sight, visit.now - _OVERSTAYED_FOR, visit.now)
        found = visits_between(
            connection,
            visit.sight,
            begin,
            end,
            visit.now,
            after=key_of(after, tuple[int, int]),
            count=_ROWS + 1,
        )
        links = live_invitations(connection, visit.sight, visit.now)
        sites = [node for node in place_tree(connection, visit.sight) if node.site]
    rows, last = found[:_ROWS], found[:_ROWS][-1:]
    local = local_of(visit.zone)
    return visit.page(
        "visits/list.html",
        title=visit.gettext("Visits"),
        day=shown,
        before=shown - timedelta(days=1),
        later=shown + timedelta(days=1),
        state=state,
        states=STATE_NAMES,
        over=[] if after else over,
        rows=[row for row in rows if state in {"", row.life.state}],
        more=cursor_of((last[0].since, last[0].number)) if len(found) > _ROWS else None,
        links=links,
        names=visit.site_names([*(each.site for each in (*over, *rows)), *(each.site for each in links)]),
        sites=sites,
        may_be_cancelled=may_be_cancelled,
        may_be_said_left=may_be_said_left,
        most=MOST_VISITS,
        begins=local(instant(visit.now)),
        ends=local(instant(visit.now + DAY // 4)),
    )


@PAGES.post("/visits/invite", act=Act.INVITE)
def invited(
    visit: VisitOf,
    site: Annotated[str, Form(max_length=100)],
    name: Annotated[str, Form(max_length=200)],
    since: Annotated[str, Form(max_length=40)],
    until: Annotated[str, Form(max_length=40)],
    host: Annotated[str, Form(max_length=100)] = "",
    by: Annotated[str, Form(max_length=10)] = "phone",
) -> Response:
    """Invite somebody: a page tells the visitor's link, or their number, once."""
    visit.see_site(site)
    with visit.act() as connection:
        wanted = wanted_of(connection, site, name, since, until, by)
        made = invite(connection, site, wanted, Inviting(visit.actor.name, host.strip() or None), visit.now)
        _note(connection, visit, "invite", made.number, site)
        found = visit_at(connection, visit.sight, made.number, visit.now)
    signed = pass_of(visit.services.section, found)
    return visit.page(
        "visits/invited.html",
        title=visit.gettext("Invited"),
        crumbs=((visit.gettext("Visits"), "/visits"), (visit.gettext("Invited"), None)),
        found=found,
        names=visit.site_names([site]),
        link=f"{visit.services.settings.public_origin}/visitors/{made.token}",
        code=shown_number(made.code) if made.code else None,
        without_pass=signed.why if isinstance(signed, NoPass) else None,
    )


@PAGES.post("/visits/number", act=Act.INVITE)
def number_told(
    visit: VisitOf,
    site: Annotated[str, Form(max_length=100)],
    number: Annotated[str, Form(max_length=40)],
    direction: Annotated[Direction, Form()] = Direction.ENTRY,
) -> Response:
    """Check the number that a visitor told at a gate; a good one counts as a use."""
    visit.see_site(site)
    with visit.act() as connection:
        check = use_number(connection, site, number, direction, visit.actor.name, visit.now)
        about = About("visit", "" if check.visit is None else str(check.visit), site)
        note(connection, visit.actor, "check_number", about, visit.now, detail={"verdict": check.verdict})
    return visit.page(
        "visits/number.html",
        title=visit.gettext("A visitor's number"),
        crumbs=((visit.gettext("Visits"), "/visits"), (visit.gettext("A visitor's number"), None)),
        check=check,
        verdict=VERDICTS[check.verdict],
        is_good=check.verdict is NumberVerdict.GOOD,
        direction=direction,
        site=site,
    )


@PAGES.post("/visits/{number}/cancel", act=Act.INVITE)
def cancelled(visit: VisitOf, number: int) -> Response:
    with visit.act() as connection:
        _see(connection, visit, number)
        found = cancel(connection, visit.sight, number, visit.now)
        _note(connection, visit, "cancel_visit", number, found.site)
    return visit.page(
        "visits/cancelled.html",
        title=visit.gettext("Visit cancelled"),
        crumbs=((visit.gettext("Visits"), "/visits"), (visit.gettext("Visit cancelled"), None)),
        not_revoked=not_revoked(visit, found.site, found.pass_id),
    )


@PAGES.post("/visits/{number}/left", act=Act.INVITE)
def said_left(visit: VisitOf, number: int) -> Response:
    with visit.act() as connection:
        _see(connection, visit, number)
        found = say_left(connection, visit.sight, number, visit.now)
        _note(connection, visit, "say_visitor_left", number, found.site)
    return visit.go("/visits")


@PAGES.post("/visits/links", act=Act.INVITE)
def linked(
    visit: VisitOf,
    site: Annotated[str, Form(max_length=100)],
    host: Annotated[str, Form(max_length=100)],
    visits: Annotated[int, Form()],
    days: Annotated[int, Form(ge=1, le=90)],
) -> Response:
    """Give a resident a link by which they invite: a page tells it once."""
    visit.see_site(site)
    until = visit.now + days * DAY
    with visit.act() as connection:
        number, token = make_invitation(
            connection, site, host.strip(), visits, until, visit.actor.name, visit.now
        )
        about = About("invitation", str(number), site)
        note(connection, visit.actor, "make_invitation", about, visit.now, detail={"visits": visits})
    return visit.page(
        "visits/link.html",
        title=visit.gettext("A resident's link"),
        crumbs=((visit.gettext("Visits"), "/visits"), (visit.gettext("A resident's link"), None)),
        host=host.strip(),
        site=site,
        names=visit.site_names([site]),
        visits=visits,
        until=until,
        link=f"{visit.services.settings.public_origin}/invitations/{token}",
    )


@PAGES.post("/visits/links/{number}/withdraw", act=Act.INVITE)
def withdrawn(visit: VisitOf, number: int) -> Response:
    with visit.act() as connection:
        if number not in {held.number for held in live_invitations(connection, visit.sight, visit.now)}:
            raise NotFound
        held = withdraw_invitation(connection, visit.sight, number, visit.now)
        about = About("invitation", str(number), held.site)
        note(connection, visit.actor, "withdraw_invitation", about, visit.now)
    return visit.go("/visits")


# --- what the public pages use too -------------------------------------------------------------


def wanted_of(
    connection: sa.Connection, site: str, name: str, since: str, until: str, by: str
) -> WantedVisit:
    """The visit that a form asks for, in the site's time. Raises StoreError."""
    zone = zone_of(connection, site)
    begins, ends = (
        needed(moment_in(since, zone, phrase("from")), phrase("from")),
        needed(moment_in(until, zone, phrase("until")), phrase("until")),
    )
    return WantedVisit(name, microseconds(begins), microseconds(ends), by_code=by == "code")


# --- inside --------------------------------------------------------------------------------


def _see(connection: sa.Connection, visit: Visit, number: int) -> None:
    try:
        visit_at(connection, visit.sight, number, visit.now)
    except StoreError:
        raise NotFound from None


def _day_of(visit: Visit, day: str) -> tuple[int, int, date]:
    """The begin and end of a day on the console's clock, today's where none is asked for."""
    try:
        shown = date.fromisoformat(day) if day else instant(visit.now).astimezone(visit.zone).date()
        return begin_of(shown, visit.zone), begin_of(shown + timedelta(days=1), visit.zone), shown
    except (ValueError, OverflowError):
        raise NotFound from None


def _note(connection: sa.Connection, visit: Visit, act: str, number: int, site: str) -> None:
    note(connection, visit.actor, act, About("visit", str(number), site), visit.now)
