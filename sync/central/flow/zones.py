"""Zones: any set of gates, across sites, with how each counts in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.flow.core import Sign
from sync.central.flow.tables import flow_limit, zone, zone_gate
from sync.central.newer import is_known, word_of
from sync.central.newer_needed import OfNewerVersion
from sync.central.places.sight import Sight
from sync.central.store import StoreError
from sync.central.tables import device, site

MOST_GATES = 500
LONGEST_NAME = 64


@dataclass(frozen=True)
class ZoneGate:
    """A gate of a zone, and how who passes it counts there."""

    site: str
    gate: str
    sign: Sign = Sign.AS_IS


@dataclass(frozen=True)
class GateZone:
    """A set of gates. Those see it who see the `place` that it is of."""

    number: int
    name: str
    place: int
    gates: tuple[ZoneGate, ...]


def zones_in(connection: sa.Connection, sight: Sight) -> list[GateZone]:
    """The zones in sight, by name."""
    gates: dict[int, list[ZoneGate]] = {}
    rows = connection.execute(
        sa.select(zone_gate)
        .join(zone)
        .where(sight.of_place(zone.c.place))
        .order_by(zone_gate.c.zone, zone_gate.c.site, zone_gate.c.gate)
    )
    for row in rows:
        gates.setdefault(row.zone, []).append(ZoneGate(row.site, row.gate, word_of(Sign, row.sign)))
    found = connection.execute(sa.select(zone).where(sight.of_place(zone.c.place)).order_by(zone.c.name))
    return [GateZone(row.number, row.name, row.place, tuple(gates.get(row.number, ()))) for row in found]


def put_zone(
    connection: sa.Connection, name: str, place: int, gates: Sequence[ZoneGate], by: str, now: int,
    number: int | None = None,
) -> int:  # fmt: skip
    """Make a zone, or change the one of this number; returns its number. Raises StoreError.

    A sign of a newer version stays where the zone holds it: no other gate is given it, and none loses it.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise StoreError(
            phrase(
                "the name has to have 1 to %(longest)s characters, got %(count)s",
                longest=LONGEST_NAME,
                count=len(name),
            ),
            where=phrase("zone"),
        )
    if not gates or len(gates) > MOST_GATES:
        raise StoreError(
            phrase("a zone has 1 to %(most)s gates, got %(count)s", most=MOST_GATES, count=len(gates)),
            where=phrase("zone %(name)s", name=name),
        )
    _check_gates(connection, name, place, gates)
    _check_signs(connection, name, number, gates)
    values = {"name": name, "place": place, "changed_at": now, "changed_by": by}
    if number is None:
        number = connection.execute(sa.insert(zone).values(values).returning(zone.c.number)).scalar_one()
    elif not connection.execute(sa.update(zone).where(zone.c.number == number).values(values)).rowcount:
        raise StoreError(
            phrase("no zone %(number)s: somebody removed it", number=number),
            where=phrase("zone"),
            remedy=phrase("make a new one"),
        )
    connection.execute(sa.delete(zone_gate).where(zone_gate.c.zone == number))
    rows = [{"zone": number, "site": each.site, "gate": each.gate, "sign": each.sign} for each in gates]
    connection.execute(sa.insert(zone_gate), rows)
    return number


def remove_zone(connection: sa.Connection, number: int) -> bool:
    """Remove a zone with its limits; returns whether there was one."""
    for table in (zone_gate, flow_limit):
        connection.execute(sa.delete(table).where(table.c.zone == number))
    return bool(connection.execute(sa.delete(zone).where(zone.c.number == number)).rowcount)


# --- inside --------------------------------------------------------------------------------


def _check_signs(connection: sa.Connection, name: str, number: int | None, gates: Sequence[ZoneGate]) -> None:
    """Raise StoreError for a sign of a newer version that the zone does not hold, or would lose."""
    of = zone_gate.c
    query = sa.select(of.site, of.gate, of.sign).where(of.zone == number, of.sign.not_in([*Sign]))
    held = {(row.site, row.gate, row.sign) for row in connection.execute(query)}
    given = {(each.site, each.gate, str(each.sign)) for each in gates if not is_known(Sign, each.sign)}
    for _, _, sign in sorted(given - held):
        raise StoreError(
            phrase("%(sign)r is not how a gate counts in a zone", sign=sign[:60]),
            where=phrase("zone %(name)s", name=name),
        )
    if held - given:
        raise OfNewerVersion(phrase("how gates count in zone %(name)s", name=name))


def _check_gates(connection: sa.Connection, name: str, place: int, gates: Sequence[ZoneGate]) -> None:
    wanted = {(each.site, each.gate) for each in gates}
    if len(wanted) < len(gates):
        raise StoreError(
            phrase("a gate is named twice"),
            where=phrase("zone %(name)s", name=name),
            remedy=phrase("name each gate once"),
        )
    query = sa.select(device.c.site, device.c.gate).where(device.c.site.in_([each.site for each in gates]))
    missing = sorted(wanted - {(row.site, row.gate) for row in connection.execute(query)})
    if missing:
        raise StoreError(
            phrase("no gate %(gate)s at %(site)s", gate=missing[0][1], site=missing[0][0]),
            where=phrase("zone %(name)s", name=name),
        )
    # Who sees the place sees the zone's figures: they are of gates that they may see.
    beyond = sa.select(site.c.id).where(
        site.c.id.in_([each.site for each in gates]), sa.not_(Sight(frozenset({place})).of(site.c.id))
    )
    outside = connection.execute(beyond.order_by(site.c.id)).scalars().first()
    if outside is not None:
        raise StoreError(
            phrase("%(outside)s does not lie within the zone's place", outside=outside),
            where=phrase("zone %(name)s", name=name),
            remedy=phrase("let the zone be of a place that holds all of its gates"),
        )
