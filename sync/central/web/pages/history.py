"""History: what lies where and was deleted by which rule; and what is held, for which case."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Form
from sqlalchemy import Connection
from starlette.responses import Response

from edge.support.phrases import phrase
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.history.acts import hold, keep_for, keep_for_ever, lift
from sync.central.history.core import FEWEST_DAYS, MOST_DAYS, Kept, RetentionRule, Scope
from sync.central.history.damage import kept_damage
from sync.central.history.holds import NewHold, holds_in
from sync.central.history.overview import damaged_files, deletions, history_by_site
from sync.central.history.rules import rules_of
from sync.central.newer import OpenWords
from sync.central.places.naming import names_in
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import place_tree
from sync.central.store import StoreError
from sync.central.units import DAY
from sync.central.web.form_times import begin_of, end_of_day
from sync.central.web.routes import Pages
from sync.central.web.visit import VisitOf

PAGES = Pages()
KINDS = OpenWords(
    {
        "events": N_("Events"),
        "accesses": N_("Accesses"),
        "evidence": N_("Evidence"),
        "alarms": N_("Alarms"),
        "tasks": N_("Tasks of workers"),
        "isolations": N_("Exits in isolation, home visits"),
        "temperatures": N_("Temperatures"),
    }
)
_DELETIONS = 100
_REVIEW_DAYS = 90
Text = Annotated[str, Form(max_length=600)]


@PAGES.get("/history", act=Act.HOLD_DATA)
def history(visit: VisitOf) -> Response:
    with visit.store.reading() as connection:
        found = history_by_site(connection, visit.sight)
        damaged = damaged_files(connection, visit.sight)
        deleted = deletions(connection, visit.sight, _DELETIONS)
        held = {each.scope.site for each in holds_in(connection, visit.sight)}
        places = {node.number: node.name or node.site or "" for node in place_tree(connection, visit.sight)}
        rules = [rule for rule in rules_of(connection) if rule.place is None or rule.place in places]
        names = names_in(connection, visit.sight)
        may_set = visit.actor.sight(Act.SET_LIMITS)
        settable = place_tree(connection, may_set) if visit.actor.may(Act.SET_LIMITS) else ()
    return visit.page(
        "history/history.html",
        title=visit.gettext("History"),
        crumbs=[(visit.gettext("History"), None)],
        found=found,
        damaged=damaged,
        kept_damage=kept_damage,
        deleted=deleted,
        held=held,
        rules=rules,
        places=places,
        names=names,
        kinds=KINDS,
        rule_kinds=[kind.value for kind in Kept],
        rule_places=settable,
        everywhere=visit.actor.sight(Act.SET_LIMITS) == EVERYWHERE,
        bounds=(FEWEST_DAYS, MOST_DAYS),
    )


@PAGES.post("/history/rules", act=Act.SET_LIMITS)
def rule(
    visit: VisitOf,
    kind: Annotated[str, Form(max_length=40)],
    days: Annotated[int, Form(ge=0, le=MOST_DAYS)],
    place: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Keep something so many days within a place from now on; 0: for ever."""
    if kind not in {each.value for each in Kept}:
        raise NotFound
    with visit.act() as connection:
        within = _place(connection, visit, place)
        if days:
            keep_for(connection, visit.actor, RetentionRule(Kept(kind), within, days), visit.now)
        else:
            keep_for_ever(connection, visit.actor, Kept(kind), within, visit.now)
    return visit.go("/history#rules")


@PAGES.get("/holds", act=Act.HOLD_DATA)
def holds(visit: VisitOf) -> Response:
    with visit.store.reading() as connection:
        found = holds_in(connection, visit.sight, lifted_too=True)
        names = names_in(connection, visit.sight)
    return visit.page(
        "history/holds.html",
        title=visit.gettext("Holds"),
        crumbs=[(visit.gettext("Holds"), None)],
        holding=[each for each in found if each.lifted_at is None],
        lifted=[each for each in found if each.lifted_at is not None],
        names=names,
        review_days=_REVIEW_DAYS,
    )


@PAGES.post("/holds", act=Act.HOLD_DATA)
def make(
    visit: VisitOf,
    site: Text,
    case: Text = "",
    why: Text = "",
    subject: Text = "",
    since: Annotated[str, Form(max_length=20)] = "",
    until: Annotated[str, Form(max_length=20)] = "",
    days: Annotated[int, Form(ge=-1_000, le=1_000)] = _REVIEW_DAYS,
) -> Response:
    """Hold from now on; who asks for what is out of sight is told that there is no such site."""
    with visit.act() as connection:
        scope = Scope(
            site.strip().replace("\0", ""),
            subject.strip().replace("\0", "") or None,
            _day(since, visit) if since else None,
            end_of_day(until, visit.zone) if until else None,
        )
        wanted = NewHold(case.replace("\0", ""), scope, why.replace("\0", ""), visit.now + days * DAY)
        hold(connection, visit.actor, visit.sight, wanted, visit.now)
    return visit.go("/holds")


@PAGES.post("/holds/{number}/lift", act=Act.HOLD_DATA)
def end(visit: VisitOf, number: int, why: Text = "") -> Response:
    if abs(number) >> 62:
        raise NotFound
    with visit.act() as connection:
        if number not in {each.number for each in holds_in(connection, visit.sight)}:
            raise NotFound
        lift(connection, visit.actor, visit.sight, number, why.replace("\0", ""), visit.now)
    return visit.go("/holds")


# --- inside --------------------------------------------------------------------------------


def _place(connection: Connection, visit: VisitOf, text: str) -> int | None:
    """The place that a form names; None: everywhere, for who may set it there."""
    if not text and visit.sight == EVERYWHERE:
        return None
    if not (text.isascii() and text.isdigit()) or not visit.sight.has_place(connection, int(text)):
        raise NotFound
    return int(text)


def _day(text: str, visit: VisitOf) -> int:
    try:
        return begin_of(date.fromisoformat(text), visit.zone)
    except (ValueError, OverflowError):
        raise StoreError(
            phrase("%(text)r is not a day", text=text), remedy=phrase("write 2026-03-31")
        ) from None
