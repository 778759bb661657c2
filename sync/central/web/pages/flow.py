"""Flow: every site against its limit, one with its course and its gates, and entries held by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form
from sqlalchemy import Connection
from starlette.responses import Response

from edge.web.rendering import path
from edge.web.streams import StreamItem
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.entry_holds.gates import entry_gates, is_seen, where_of
from sync.central.entry_holds.holding import hold_by_hand, release_by_hand
from sync.central.entry_holds.holds import LONGEST_WHY, EntriesHold, hold_at
from sync.central.flow.core import Where, WhereKind
from sync.central.flow.core import site as of_site
from sync.central.flow.core import zone as of_zone
from sync.central.store import StoreError
from sync.central.units import MINUTE, SECOND
from sync.central.web.flow_figures import FlowPicture, picture_of
from sync.central.web.routes import Pages
from sync.central.web.streams import stream
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
FIGURES_EVERY = 5 * SECOND
"""The figures of an open page are worked out anew at most so often."""
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
def flow_of_zone(visit: VisitOf, number: int) -> Response:
    return _page(visit, of_zone(number))


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
def flow_stream(visit: VisitOf, of: str = "") -> Response:
    """The figures of an open page, a few seconds apart, where they changed."""
    wanted = where_of(of) if of else None
    told, shown = 0, ""

    def after(current: Visit, connection: Connection, _: int, __: int) -> Sequence[StreamItem]:
        nonlocal told, shown
        now = current.services.wall()
        if now - told < FIGURES_EVERY:
            return ()
        told = now
        picture = _picture(connection, current, wanted)
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
) -> Response:
    """Hold entries at the gates of a site, for a time."""
    return _hold(visit, of_site(site), why, minutes)


@PAGES.post("/flow/zones/{number}/hold", act=Act.COMMAND)
def hold_zone(
    visit: VisitOf,
    number: int,
    why: Annotated[str, Form(max_length=200)],
    minutes: Annotated[int, Form(ge=1, le=1440)] = 30,
) -> Response:
    """Hold entries at the gates of a zone, for a time."""
    return _hold(visit, of_zone(number), why, minutes)


@PAGES.post("/flow/holds/{number}/release", act=Act.COMMAND)
def release(visit: VisitOf, number: int) -> Response:
    """Release the entries of a hold before it ends."""
    with visit.act() as connection:
        held = _hold_in_sight(connection, visit, number)
        if release_by_hand(connection, visit.actor, held, visit.now) is False:
            raise StoreError("these entries are free already", where="hold")
    return visit.go(_address(where_of(held.what)))


# --- inside --------------------------------------------------------------------------------


def _page(visit: Visit, wanted: Where | None) -> Response:
    with visit.store.reading() as connection:
        picture = _picture(connection, visit, wanted)
        where = wanted or (None if picture.chosen is None else picture.chosen.bar.where)
        gates = 0 if where is None else _gates_to_hold(connection, visit, where)
    title = visit.gettext("Flow")
    crumbs = [(title, "/flow" if wanted else None)]
    if wanted and picture.chosen:
        crumbs.append((picture.chosen.bar.name, None))
    return visit.page(
        "flow/flow.html",
        title=title,
        crumbs=crumbs,
        picture=picture,
        of="" if where is None else str(where),
        standings=STANDINGS,
        gates_to_hold=gates,
        minutes=MINUTES,
        longest_why=LONGEST_WHY,
        may_hold=gates > 0,
        may_set=visit.actor.may(Act.SET_LIMITS),
    )


def _picture(connection: Connection, visit: Visit, wanted: Where | None) -> FlowPicture:
    picture = picture_of(connection, visit.sight, visit.services.wall(), visit.zone, wanted)
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


def _hold(visit: Visit, where: Where, why: str, minutes: int) -> Response:
    with visit.act() as connection:
        if not is_seen(connection, visit.sight, where):
            raise NotFound
        hold_by_hand(connection, visit.actor, where, why.strip(), visit.now + minutes * MINUTE, visit.now)
    return visit.go(_address(where))


def _hold_in_sight(connection: Connection, visit: Visit, number: int) -> EntriesHold:
    held = hold_at(connection, number) if 0 <= number < 1 << 62 else None
    if held is None or not is_seen(connection, visit.sight, where_of(held.what)):
        raise NotFound
    return held


def _address(where: Where) -> str:
    return f"/flow/zones/{where.id}" if where.kind is WhereKind.ZONE else f"/flow/{path(where.id)}"
