"""The tree of places by hand: added, renamed and moved within one's own sight."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
from fastapi import Form
from starlette.responses import Response

from edge.support.phrases import phrase
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts import placing
from sync.central.accounts.core import Act
from sync.central.places.core import LEVELS, Level
from sync.central.places.tree import PlaceNode, path_of, path_text, place_tree
from sync.central.store import StoreError
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
HERE = "/places/manage"
LEVEL_NAMES = {
    Level.CITY: N_("City"),
    Level.DISTRICT: N_("District"),
    Level.STREET: N_("Street"),
    Level.COMMUNITY: N_("Community"),
    Level.SITE: N_("Site"),
}
_MADE = tuple(level for level in LEVELS if level is not Level.SITE)


@PAGES.get(HERE, act=Act.MANAGE_PLACES)
def manage(visit: VisitOf, place: int | None = None) -> Response:
    """The places in sight; one of them is opened to be changed."""
    with visit.store.reading() as connection:
        nodes = place_tree(connection, visit.sight)
    chosen = next((node for node in nodes if node.number == place), None)
    if place is not None and chosen is None:
        raise NotFound
    return visit.page(
        "places/manage.html",
        title=visit.gettext("Places"),
        rows=_with_depths(nodes),
        chosen=chosen,
        parents=[node for node in nodes if chosen is not None and node.level.may_hold(chosen.level)],
        holders=[node for node in nodes if node.level is not Level.SITE],
        levels=_MADE,
        names=LEVEL_NAMES,
        everywhere=visit.sight.everywhere,
    )


@PAGES.post(f"{HERE}/create", act=Act.MANAGE_PLACES)
def create(
    visit: VisitOf,
    level: Annotated[Level, Form()],
    name: Annotated[str, Form(max_length=200)],
    parent: Annotated[str, Form()] = "",
    code: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    with visit.act() as connection:
        within = _parent(connection, visit, parent)
        number = placing.create(connection, visit.actor, within, level, name, code.strip(), visit.now)
    return visit.go(f"{HERE}?place={number}")


@PAGES.post(f"{HERE}/{{number}}/set", act=Act.MANAGE_PLACES)
def change(
    visit: VisitOf,
    number: int,
    name: Annotated[str, Form(max_length=200)],
    code: Annotated[str, Form(max_length=40)] = "",
    position: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    with visit.act() as connection:
        _see(connection, visit, number)
        placing.change(
            connection, visit.actor, number, name, code.strip(), _position(position.strip()), visit.now
        )
    return visit.go(f"{HERE}?place={number}")


@PAGES.post(f"{HERE}/{{number}}/move", act=Act.MANAGE_PLACES)
def move(
    visit: VisitOf,
    number: int,
    parent: Annotated[str, Form()] = "",
    sure: Annotated[bool, Form()] = False,
) -> Response:
    """Move a place; where that changes somebody's sight, first say whose."""
    with visit.act() as connection:
        _see(connection, visit, number)
        within = _parent(connection, visit, parent)
        would = placing.moving(connection, number, within)
        if (would.lose or would.gain) and not sure:
            moved = path_of(connection, number)
            into = "" if within is None else path_text(path_of(connection, within))
            return visit.page(
                "places/moving.html",
                title=visit.gettext("This move changes what others see"),
                would=would,
                node=moved[-1],
                path_of_it=path_text(moved),
                into=into,
                parent=parent,
            )
        placing.move(connection, visit.actor, number, within, visit.now)
    return visit.go(f"{HERE}?place={number}")


@PAGES.post(f"{HERE}/{{number}}/remove", act=Act.MANAGE_PLACES)
def remove(visit: VisitOf, number: int) -> Response:
    with visit.act() as connection:
        _see(connection, visit, number)
        placing.remove(connection, visit.actor, number, visit.now)
    return visit.go(HERE)


# --- inside --------------------------------------------------------------------------------


def _see(connection: sa.Connection, visit: Visit, number: int) -> None:
    if not visit.sight.has_place(connection, number):
        raise NotFound


def _position(said: str) -> int | None:
    """The position that a form says. Raises StoreError."""
    if said and not (said.isascii() and said.isdecimal() and len(said) < 10):
        raise StoreError(
            phrase("got %(said)r, expected a number", said=said[:20]),
            where=phrase("position"),
            remedy=phrase("1 comes first"),
        )
    return int(said) if said else None


def _parent(connection: sa.Connection, visit: Visit, parent: str) -> int | None:
    """The place that a form names. Only who sees everything can put a place into none."""
    if not parent:
        if not visit.sight.everywhere:
            raise StoreError(
                phrase("a place of yours lies in a place of yours"), remedy=phrase("choose what it lies in")
            )
        return None
    if not parent.isdecimal() or not visit.sight.has_place(connection, int(parent)):
        raise NotFound
    return int(parent)


def _with_depths(nodes: tuple[PlaceNode, ...]) -> list[tuple[int, PlaceNode]]:
    depths: dict[int | None, int] = {None: 0}
    for node in nodes:
        depths[node.number] = depths[node.parent] + 1
    return [(depths[node.parent], node) for node in nodes]
