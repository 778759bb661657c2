"""Home isolation: who stays at home, who tried to leave or was let out, and the home visits that are due."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote, urlencode

from fastapi import Form, Query
from starlette.responses import Response

from edge.web.rendering import path
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.dispatch.core import LONGEST_NOTE
from sync.central.isolation.core import MOST_DAYS, MOST_HOURS, SHIPPED, VisitRule
from sync.central.isolation.exits import exits
from sync.central.isolation.isolated import isolated
from sync.central.isolation.visiting import home_visits, rules_of, set_rule, visit_done
from sync.central.newer import OpenWords
from sync.central.places.tree import names_in_sight, place_tree
from sync.central.units import DAY
from sync.central.web.routes import Pages
from sync.central.web.visit import VisitOf, paths_of
from sync.central.web.words import EXIT_HOWS

PAGES = Pages()
_PEOPLE, _EXITS, _VISITS = 50, 50, 100
_SHOWN = 7 * DAY
OCCASIONS = OpenWords({"begin": N_("at the begin"), "regular": N_("regular"), "end": N_("at the end")})
OUTCOMES = OpenWords(
    {
        "met": N_("met at home"),
        "sent_home": N_("sent home"),
        "not_found": N_("not found"),
        "false_alarm": N_("false alarm"),
        "emergency_called": N_("emergency called"),
        "other": N_("other, see the note"),
    }
)
"""What came of a home visit."""


@PAGES.get("/isolation", act=Act.SEE_PERSON)
def isolation(visit: VisitOf, after: Annotated[str, Query(max_length=200)] = "") -> Response:
    """No name and no room: a person's page is opened for a purpose."""
    with visit.store.reading() as connection:
        people = isolated(connection, visit.sight, visit.now, after=_key(after), count=_PEOPLE + 1)
        seen = exits(connection, visit.sight, visit.now - _SHOWN, visit.now + DAY, count=_EXITS)
        visits = home_visits(connection, visit.sight, count=_VISITS)
        may_set = visit.actor.sight(Act.SET_LIMITS)
        rules = rules_of(connection, visit.sight)
        places = place_tree(connection, may_set) if visit.actor.may(Act.SET_LIMITS) else ()
        names = names_in_sight(place_tree(connection, visit.sight))
    shown, last = people[:_PEOPLE], people[_PEOPLE - 1] if len(people) > _PEOPLE else None
    after_last = "" if last is None else urlencode({"after": f"{path(last.site)}/{path(last.id)}"})
    sites = {each.site for each in shown} | {each.site for each in seen} | {each.site for each in visits}
    return visit.page(
        "isolation/isolation.html",
        title=visit.gettext("Isolation"),
        crumbs=[(visit.gettext("Isolation"), None)],
        people=shown,
        exits=seen,
        visits=visits,
        rules=rules,
        shipped=SHIPPED,
        place_names=names,
        places=places,
        names=visit.site_names(sites),
        older=f"/isolation?{after_last}" if after_last else None,
        newest="/isolation" if after else None,
        may_care=visit.actor.may(Act.CARE),
        hows=EXIT_HOWS,
        occasions=OCCASIONS,
        outcomes=OUTCOMES,
        explains="/accesses/{device}/{epoch}/{sequence}/explain" in paths_of(visit.request),
        most={"note": LONGEST_NOTE, "days": MOST_DAYS, "hours": MOST_HOURS},
    )


@PAGES.post("/isolation/visits/{number}/done", act=Act.CARE)
def done(
    visit: VisitOf,
    number: int,
    outcome: Annotated[str, Form(max_length=40)],
    note: Annotated[str, Form(max_length=600)] = "",
) -> Response:
    """Take down at the centre what came of a home visit."""
    if abs(number) >> 62:
        raise NotFound
    with visit.act() as connection:
        if not home_visits(connection, visit.sight, number=number):
            raise NotFound
        visit_done(connection, visit.actor, visit.sight, number, outcome, note.strip(), visit.now)
    return visit.go("/isolation#visits")


@PAGES.post("/isolation/rules", act=Act.SET_LIMITS)
def rule(
    visit: VisitOf,
    place: Annotated[int, Form()],
    every: Annotated[int, Form()],
    within: Annotated[int, Form()],
    why: Annotated[str, Form(max_length=500)],
    begin: Annotated[str, Form(max_length=5)] = "",
    end: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Have people in isolation visited by another rule within a place."""
    with visit.act() as connection:
        if abs(place) >> 62 or not visit.sight.has_place(connection, place):
            raise NotFound
        wanted = VisitRule(bool(begin), every, bool(end), within)
        set_rule(connection, visit.actor, visit.sight, place, wanted, why.strip(), visit.now)
    return visit.go("/isolation#rules")


def _key(after: str) -> tuple[str, str] | None:
    site, _, identity = after.partition("/")
    return (unquote(site), unquote(identity)) if site and identity else None
