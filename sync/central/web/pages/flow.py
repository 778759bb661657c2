"""Flow: every site against its limit, one with its course and its gates, and entries held by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Query
from sqlalchemy import Connection
from starlette.responses import Response

from edge.support.phrases import phrase
from edge.web.streams import StreamItem
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.entry_holds.gates import entry_gates, is_hold_seen, is_seen, where_of
from sync.central.entry_holds.holding import hold_by_hand, release_by_hand
from sync.central.entry_holds.holds import LONGEST_WHY, EntriesHold, hold_at
from sync.central.flow.core import Where
from sync.central.flow.core import place as of_place
from sync.central.flow.core import site as of_site
from sync.central.flow.core import zone as of_zone
from sync.central.store import StoreError
from sync.central.units import MINUTE, SECOND
from sync.central.web.flow_figures import FlowPicture, picture_of
from sync.central.web.flow_help import help_for
from sync.central.web.flow_scope import address_in, address_of
from sync.central.web.routes import Pages
from sync.central.web.streams import stream
from sync.central.web.visit import Crumb, Visit, VisitOf

PAGES = Pages()
FIGURES_EVERY = 5 * SECOND
"""The figures of an open page are worked out anew at most so often."""
Of = Annotated[str, Query(max_length=140)]
MINUTES = (10, 30, 60, 120)
"""For how long entries are held by hand."""
STANDINGS = {
    "not_asked": N_("to be asked"),
    "waits": N_("asked, no answer yet"),
    "done": N_("holds"),
    "refused": N_("refused"),
    "failed": N_("could not"),
    "unknown": N_("no answer: may hold all the same"),
}
VERDICTS = {
    "same": N_("the gate counts the same"),
    "not_told": N_("the gate tells no count of its own"),
    "arriving": N_("its journal is on the way: the gate is right"),
    "older": N_("the gate told its count before: the journal is right"),
    "lost": N_("its journal lacks passages for good: the gate is right"),
    "different": N_("each has passages that the other lacks: both are counted"),
}


@PAGES.get("/flow", act=Act.SEE)
def flow(visit: VisitOf) -> Response:
    """Every site in sight, and the fullest."""
    return _page(visit, None)


@PAGES.get("/flow/{site}", act=Act.SEE)
def flow_of_site(visit: VisitOf, site: str) -> Response:
    return _page(visit, of_site(site))


@PAGES.get("/flow/zones/{number}", act=Act.SEE)
def flow_of_zone(visit: VisitOf, number: int, of: Of = "") -> Response:
    """A zone, with the sites that its gates are of."""
    return _page(visit, where_of(of) if of else None, of_zone(number))


@PAGES.get("/flow/places/{number}", act=Act.SEE)
def flow_of_place(visit: VisitOf, number: int, of: Of = "") -> Response:
    """A street, or another place: its sites against their limits, and itself."""
    return _page(visit, where_of(of) if of else None, _place(number))


@PAGES.get("/flow/now/exact", act=Act.SEE)
def exact(visit: VisitOf) -> Response:
    """How exact each count is: by site, what was counted and what was not; by gate, journal and own word."""
    with visit.store.reading() as connection:
        picture = _picture(connection, visit, None)
    title = visit.gettext("Exact count")
    crumbs = [(visit.gettext("Flow"), "/flow"), (title, None)]
    lines = [
        (bar, gate)
        for bar in picture.bars
        if bar.where.id in picture.sites
        for gate in picture.sites[bar.where.id].gates
        if gate.compared.by
    ]
    return visit.page(
        "flow/exact.html", title=title, crumbs=crumbs, picture=picture, lines=lines, verdicts=VERDICTS
    )


@PAGES.get("/flow/now/stream", act=Act.SEE)
def flow_stream(visit: VisitOf, of: Of = "", within: Of = "") -> Response:
    """The figures of an open page, a few seconds apart, where they changed."""
    wanted, scope = (where_of(each) if each else None for each in (of, within))
    with visit.store.reading() as connection:
        if not all(is_seen(connection, visit.sight, each) for each in (wanted, scope) if each):
            raise NotFound
    told, shown = 0, ""

    def after(current: Visit, connection: Connection, _: int, __: int) -> Sequence[StreamItem]:
        nonlocal told, shown
        now = current.services.wall()
        if now - told < FIGURES_EVERY:
            return ()
        told = now
        picture = _picture(connection, current, wanted, scope)
        text = current.text_of("flow/parts.html", "figures", picture, STANDINGS)
        if text == shown:
            return ()
        shown = text
        return [StreamItem(now, text, "figures")]

    return stream(visit, lambda _: visit.services.wall(), after)


@PAGES.post("/flow/{site}/hold", act=Act.COMMAND)
def hold_site(
    visit: VisitOf,
    site: str,
    why: Annotated[str, Form(max_length=200)],
    minutes: Annotated[int, Form(ge=1, le=1440)] = 30,
    within: Annotated[str, Form(max_length=140)] = "",
) -> Response:
    """Hold entries at the gates of a site, for a time."""
    return _hold(visit, of_site(site), why, minutes, within)


@PAGES.post("/flow/zones/{number}/hold", act=Act.COMMAND)
def hold_zone(
    visit: VisitOf,
    number: int,
    why: Annotated[str, Form(max_length=200)],
    minutes: Annotated[int, Form(ge=1, le=1440)] = 30,
) -> Response:
    """Hold entries at the gates of a zone, for a time."""
    return _hold(visit, of_zone(number), why, minutes)


@PAGES.post("/flow/places/{number}/hold", act=Act.COMMAND)
def hold_place(
    visit: VisitOf,
    number: int,
    why: Annotated[str, Form(max_length=200)],
    minutes: Annotated[int, Form(ge=1, le=1440)] = 30,
) -> Response:
    """Hold entries at the gates of all sites of a place, for a time."""
    return _hold(visit, _place(number), why, minutes)


@PAGES.post("/flow/holds/{number}/release", act=Act.COMMAND)
def release(
    visit: VisitOf,
    number: int,
    of: Annotated[str, Form(max_length=140)] = "",
    within: Annotated[str, Form(max_length=140)] = "",
) -> Response:
    """Release the entries of a hold before it ends; `of` is what was chosen on the page meanwhile."""
    back = _address(where_of(of), within) if of else ""
    with visit.act() as connection:
        held = _hold_in_sight(connection, visit, number)
        if release_by_hand(connection, visit.actor, held, visit.now) is False:
            raise StoreError(phrase("these entries are free already"), where=phrase("entries"))
    return visit.go(back or _address(where_of(held.what)))


# --- inside --------------------------------------------------------------------------------


def _page(visit: Visit, wanted: Where | None, within: Where | None = None) -> Response:
    with visit.store.reading() as connection:
        picture = _picture(connection, visit, wanted, within)
        where = None if picture.chosen is None else picture.chosen.bar.where
        gates = 0 if where is None else _gates_to_hold(connection, visit, where)
        helped = None if where is None else help_for(connection, visit, where)
    scope, title = picture.scope, visit.gettext("Flow")
    crumbs: list[Crumb] = [(title, "/flow" if wanted or within else None), *scope.above]
    if scope.within is not None:
        crumbs.append((scope.name, scope.address() if wanted else None))
    if wanted and picture.chosen and wanted != scope.within:
        crumbs.append((picture.chosen.bar.name, None))
    if scope.within is not None:
        title = visit.gettext("Flow, %(name)s", name=scope.name)
    return visit.page(
        "flow/flow.html",
        title=title,
        crumbs=crumbs,
        picture=picture,
        of="" if where is None else str(where),
        within=str(scope.within or ""),
        helped=helped,
        hold_at="" if where is None else f"{address_of(where)}/hold",
        standings=STANDINGS,
        gates_to_hold=gates,
        minutes=MINUTES,
        longest_why=LONGEST_WHY,
        may_hold=gates > 0,
        may_set=visit.actor.may(Act.SET_LIMITS),
    )


def _picture(
    connection: Connection, visit: Visit, wanted: Where | None, within: Where | None = None
) -> FlowPicture:
    picture = picture_of(connection, visit.sight, visit.services.wall(), visit.zone, wanted, within)
    if picture is None:
        raise NotFound
    return picture


def _gates_to_hold(connection: Connection, visit: Visit, where: Where) -> int:
    """How many gates would hold entries; 0 where the actor may not command them."""
    if not visit.actor.may(Act.COMMAND):
        return 0
    try:
        return len(entry_gates(connection, where, visit.actor.sight(Act.COMMAND)))
    except StoreError:
        return 0


def _place(number: int) -> Where:
    if not 0 <= number < 1 << 62:
        raise NotFound
    return of_place(number)


def _hold(visit: Visit, where: Where, why: str, minutes: int, within: str = "") -> Response:
    back = _address(where, within)
    with visit.act() as connection:
        if not is_seen(connection, visit.sight, where):
            raise NotFound
        hold_by_hand(connection, visit.actor, where, why.strip(), visit.now + minutes * MINUTE, visit.now)
    return visit.go(back)


def _hold_in_sight(connection: Connection, visit: Visit, number: int) -> EntriesHold:
    held = hold_at(connection, number) if 0 <= number < 1 << 62 else None
    if held is None or not is_hold_seen(connection, visit.sight, held):
        raise NotFound
    return held


def _address(where: Where, within: str = "") -> str:
    """The page of what is held; that of the place or zone on which it was chosen, where one is said."""
    return address_in(where_of(within), where) if within else address_of(where)
