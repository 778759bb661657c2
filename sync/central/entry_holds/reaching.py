"""Which holds of entries reach a site or a gate: also those of a zone, a street or a larger place."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.entry_holds.holds import EntriesHold, open_holds
from sync.central.entry_holds.tables import entry_hold_gate
from sync.central.flow.core import Where, WhereKind
from sync.central.flow.tables import zone, zone_gate
from sync.central.newer import word_of
from sync.central.places.tables import place, place_within
from sync.central.tables import device
from sync.central.tables import site as sites


@dataclass(frozen=True)
class ReachingHold:
    """A hold in force, and what it is of by name; `gates`: its devices by site; `wholes`: the zones and
    places of which it is, or of which it holds all.
    """

    hold: EntriesHold
    name: str
    gates: dict[str, frozenset[str]]
    wholes: frozenset[str]

    def reaches(self, where: Where) -> bool:
        """Whether gates of it are held there: of a site any, of a zone or place all."""
        if where.kind is WhereKind.SITE:
            return where.id in self.gates
        if where.kind is WhereKind.GATE:
            return any(where.id in devices for devices in self.gates.values())
        return str(where) in self.wholes


def reaching_holds(connection: sa.Connection, now: int) -> list[ReachingHold]:
    """The holds in force, the oldest first, each with the gates that it reaches."""
    held = open_holds(connection, now)
    if not held:
        return []
    query = (
        sa.select(entry_hold_gate.c.hold, device.c.site, device.c.id)
        .join(device, device.c.id == entry_hold_gate.c.device)
        .where(entry_hold_gate.c.hold.in_([each.number for each in held]))
    )
    gates: dict[int, dict[str, set[str]]] = {}
    for number, of_site, name in connection.execute(query):
        gates.setdefault(number, {}).setdefault(of_site, set()).add(name)
    return [
        ReachingHold(
            each,
            _name(connection, each.what),
            {of_site: frozenset(names) for of_site, names in gates.get(each.number, {}).items()},
            frozenset({each.what}) | _within(connection, each.what),
        )
        for each in held
    ]


# --- inside ----------------------------------------------------------------------------------


def _within(connection: sa.Connection, what: str) -> frozenset[str]:
    """The places that lie in a place, and the zones all of whose gates are of sites in it."""
    kind, _, of = what.partition(":")
    if kind != WhereKind.PLACE:
        return frozenset()
    inner = sa.select(place_within.c.place).where(place_within.c.ancestor == int(of))
    inside = sa.select(sites.c.id).where(sites.c.place.in_(inner))
    zones = sa.select(zone_gate.c.zone).group_by(zone_gate.c.zone)
    zones = zones.having(sa.func.sum(sa.case((zone_gate.c.site.in_(inside), 0), else_=1)) == 0)
    found = [Where(WhereKind.PLACE, str(each)) for each in connection.execute(inner).scalars()]
    found += [Where(WhereKind.ZONE, str(each)) for each in connection.execute(zones).scalars()]
    return frozenset(map(str, found))


def _name(connection: sa.Connection, what: str) -> str:
    """What the thing is called that is held; its id where it has no name."""
    kind, _, of = what.partition(":")
    query = {
        WhereKind.ZONE: sa.select(zone.c.name).where(zone.c.number == sa.bindparam("of")),
        WhereKind.PLACE: sa.select(place.c.name).where(place.c.number == sa.bindparam("of")),
        WhereKind.SITE: sa.select(place.c.name)
        .join(sites, sites.c.place == place.c.number)
        .where(sites.c.id == sa.bindparam("of")),
    }.get(word_of(WhereKind, kind))
    if query is None:
        return of
    number = kind in {WhereKind.ZONE, WhereKind.PLACE}
    return connection.execute(query, {"of": int(of) if number else of}).scalar() or of
