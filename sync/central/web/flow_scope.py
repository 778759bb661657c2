"""What a page Flow is of: all in sight, a place, or a zone; and what lies above and below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import sqlalchemy as sa

from edge.web.rendering import path
from sync.central.flow.core import Where, WhereKind
from sync.central.flow.core import place as of_place
from sync.central.flow.core import zone as of_zone
from sync.central.flow.zones import GateZone, zones_in
from sync.central.places.core import Level
from sync.central.places.sight import Sight
from sync.central.places.tree import PlaceNode, path_of, place_tree


@dataclass(frozen=True)
class FlowScope:
    """What a page is of. `within`: a place or zone, None for all in sight; `sites`: what its sites are
    called, in the order of the street, all of them in `sight`. `above`: places by name and address;
    `below`: the places next below, `places`: all of them, by name.
    """

    within: Where | None
    name: str
    sight: Sight
    sites: Mapping[str, str]
    zones: Sequence[GateZone]
    above: tuple[tuple[str, str], ...] = ()
    below: tuple[tuple[Where, str], ...] = ()
    places: tuple[tuple[Where, str], ...] = ()

    def address(self, where: Where | None = None) -> str:
        """The address of the page, with `where` chosen on it."""
        if self.within is None:
            return "/flow" if where is None else address_of(where)
        return address_in(self.within, where or self.within)


def address_of(where: Where) -> str:
    """The page of a site, a zone or a place."""
    match where.kind:
        case WhereKind.ZONE:
            return f"/flow/zones/{where.id}"
        case WhereKind.PLACE:
            return f"/flow/places/{where.id}"
        case _:
            return f"/flow/{path(where.id)}"


def address_in(within: Where, where: Where) -> str:
    """The page of a place or zone, with something chosen on it."""
    here = address_of(within)
    return here if where == within else f"{here}?of={quote(str(where))}"


def scope_of(connection: sa.Connection, sight: Sight, within: Where | None) -> FlowScope | None:
    """The scope of a page; None where that is not there, or out of sight."""
    asked = within
    if within is None:
        nodes = place_tree(connection, sight)
        only = _only_place(nodes)
        if only is None:
            zones = zones_in(connection, sight)
            return FlowScope(None, "", sight, _sites(nodes), zones, (), _below(nodes, None), _places(nodes))
        within = of_place(only.number)
    if within.kind is WhereKind.ZONE:
        return _of_zone(connection, sight, within)
    if within.kind is not WhereKind.PLACE or not sight.has_place(connection, int(within.id)):
        return None
    here = sight if asked is None else Sight(frozenset({int(within.id)}))
    nodes = place_tree(connection, here)
    way = path_of(connection, int(within.id))
    above = [each for each in way[:-1] if sight.has_place(connection, each.number)]
    return FlowScope(
        within,
        way[-1].name,
        here,
        _sites(nodes),
        zones_in(connection, here),
        tuple((each.name, address_of(of_place(each.number))) for each in above),
        _below(nodes, int(within.id)),
        _places(nodes),
    )


# --- inside --------------------------------------------------------------------------------


def _of_zone(connection: sa.Connection, sight: Sight, within: Where) -> FlowScope | None:
    """A zone with the sites that its gates are of."""
    zones = zones_in(connection, sight)
    held = next((each for each in zones if of_zone(each.number) == within), None)
    if held is None:
        return None
    here = Sight(frozenset({held.place}))
    of_gates = {each.site for each in held.gates}
    sites = {each: name for each, name in _sites(place_tree(connection, here)).items() if each in of_gates}
    return FlowScope(within, held.name, here, sites, zones_in(connection, here))


def _sites(nodes: Sequence[PlaceNode]) -> dict[str, str]:
    return {node.site: node.name for node in nodes if node.site is not None}


def _only_place(nodes: Sequence[PlaceNode]) -> PlaceNode | None:
    """The place, a street or larger, in which all in sight lies; the smallest of them."""
    found = None
    while found is None or found.level.depth < Level.STREET.depth:
        held = [node for node in nodes if node.parent == (found.number if found else None)]
        if len(held) != 1 or held[0].level.depth > Level.STREET.depth:
            break
        found = held[0]
    return found


def _below(nodes: Sequence[PlaceNode], number: int | None) -> tuple[tuple[Where, str], ...]:
    return _places([node for node in nodes if node.parent == number])


def _places(nodes: Sequence[PlaceNode]) -> tuple[tuple[Where, str], ...]:
    return tuple((of_place(node.number), node.name) for node in nodes if node.site is None)
