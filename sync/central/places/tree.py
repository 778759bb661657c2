"""Reads the tree of places: what is in sight, what a place lies in, which place a path names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.places.core import SEPARATOR, Level, names_of_path
from sync.central.places.sight import Sight
from sync.central.places.tables import place, place_within
from sync.central.store import StoreError
from sync.central.tables import site

_LIST = phrase("gatepost central place list")


@dataclass(frozen=True)
class PlaceNode:
    """A place. `parent` is None where it lies in no other, or where that is out of sight; `site` is the id of
    the site that a place of level site is. A site without a name is called by its id. `position` is where it
    comes among those beside it, from 1 (None: after these, by its name).
    """

    number: int
    parent: int | None
    level: Level
    name: str
    code: str | None
    site: str | None
    position: int | None


def place_tree(connection: sa.Connection, sight: Sight) -> tuple[PlaceNode, ...]:
    """The places in sight: each before what it holds, and beside each other by position, then by name."""
    nodes = [_node(row) for row in connection.execute(_NODES.where(sight.of_place(place.c.number)))]
    seen = {node.number for node in nodes}
    held = defaultdict[int | None, list[PlaceNode]](list)
    for node in nodes:
        parent = node.parent if node.parent in seen else None
        held[parent].append(replace(node, parent=parent))
    return tuple(_downwards(held, None))


def path_of(connection: sa.Connection, place_number: int) -> tuple[PlaceNode, ...]:
    """A place with all that it lies in, from the city down; empty where there is no such place."""
    query = _NODES.join(place_within, place_within.c.ancestor == place.c.number)
    rows = connection.execute(query.where(place_within.c.place == place_number))
    return tuple(sorted((_node(row) for row in rows), key=lambda node: node.level.depth))


def path_text(nodes: Iterable[PlaceNode]) -> str:
    """A path as `place_at` reads it."""
    return SEPARATOR.join(node.name for node in nodes)


def place_at(connection: sa.Connection, path: str) -> int:
    """The place that a site's id, a code or a path of names says. Raises StoreError."""
    whole = path.strip()
    for known in (site.c.id, place.c.code):
        query = sa.select(place.c.number).outerjoin(site, site.c.place == place.c.number)
        found = connection.execute(query.where(known == whole)).scalar()
        if found is not None:
            return int(found)
    names = names_of_path(path)
    if not names:
        raise StoreError(
            phrase("no place is named"),
            remedy=phrase("name one as 江城市/东湖区, or by its code: gatepost central place list"),
        )
    number = _named(connection, names, 1, None)
    for count in range(2, len(names) + 1):
        number = _named(connection, names, count, number)
    return number


def names_in_sight(nodes: Iterable[PlaceNode]) -> dict[int, str]:
    """The path of each place of a tree, as far as it is in sight: of `place_tree`, in its order."""
    names: dict[int, str] = {}
    for node in nodes:
        above = "" if node.parent is None else names[node.parent] + SEPARATOR
        names[node.number] = above + node.name
    return names


def names_above(connection: sa.Connection) -> dict[str, dict[str, str]]:
    """Of each site the names of the places that it lies in, by level."""
    above: dict[str, dict[str, str]] = defaultdict(dict)
    query = (
        sa.select(site.c.id, place.c.level, place.c.name)
        .join(place_within, place_within.c.place == site.c.place)
        .join(place, place.c.number == place_within.c.ancestor)
        .where(place.c.level != Level.SITE)
    )
    for row in connection.execute(query):
        above[row.id][row.level] = row.name
    return above


# --- inside --------------------------------------------------------------------------------

_NODES = sa.select(place, site.c.id.label("site")).outerjoin(site, site.c.place == place.c.number)


def _node(row: sa.Row[tuple[object, ...]]) -> PlaceNode:
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    name = held["name"] or held["site"] or ""
    level, code, site_id, position = (held[key] for key in ("level", "code", "site", "position"))
    return PlaceNode(held["number"], held["parent"], Level(level), name, code, site_id, position)


def _named(connection: sa.Connection, names: tuple[str, ...], count: int, parent: int | None) -> int:
    """The place that the first `count` names say, the last of them within `parent`. Raises StoreError."""
    within = place.c.parent.is_(None) if parent is None else place.c.parent == parent
    query = sa.select(place.c.number).where(within, place.c.name == names[count - 1])
    numbers = connection.execute(query).scalars().all()
    if len(numbers) > 1:
        raise StoreError(
            phrase(
                "%(count)s places are called %(names)r",
                count=len(numbers),
                names=SEPARATOR.join(names[:count]),
            ),
            remedy=phrase("name a site by its id, another place by its code"),
        )
    if not numbers:
        name, above = names[count - 1], SEPARATOR.join(names[: count - 1])
        missing = phrase("there is no place %(name)r and no site or code either", name=name)
        if count > 1:
            missing = phrase("there is no place %(name)r in %(above)s", name=name, above=above)
        raise StoreError(missing, remedy=_LIST)
    return int(numbers[0])


def _order(node: PlaceNode) -> tuple[int, bool, int, str, int]:
    return (node.level.depth, node.position is None, node.position or 0, node.name, node.number)


def _downwards(held: dict[int | None, list[PlaceNode]], parent: int | None) -> Iterable[PlaceNode]:
    for node in sorted(held.get(parent, ()), key=_order):
        yield node
        yield from _downwards(held, node.number)
