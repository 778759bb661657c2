"""What the console and the API do with zones and limits, each noted: make, change, remove, set."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from edge.web.visit import NotFound
from sync.central.audit.audit import note
from sync.central.entry_holds.gates import about_of, is_seen
from sync.central.flow.core import Limit, Where, WhereKind
from sync.central.flow.core import zone as of_zone
from sync.central.flow.limits import SetLimit, limits_in, put_limit, remove_limit
from sync.central.flow.zones import GateZone, ZoneGate, put_zone, remove_zone, zones_in
from sync.central.web.visit import Visit


def zone_in_sight(connection: Connection, visit: Visit, number: int) -> GateZone:
    """The zone of this number. Raises NotFound where there is none in sight."""
    for each in zones_in(connection, visit.sight):
        if each.number == number:
            return each
    raise NotFound


def put_zone_by(
    connection: Connection,
    visit: Visit,
    number: int | None,
    name: str,
    place: int,
    gates: Sequence[ZoneGate],
) -> int:
    """Make a zone, or change the one of this number; returns its number. Raises NotFound, StoreError."""
    if number is not None:
        zone_in_sight(connection, visit, number)
    if not 0 <= place < 1 << 62 or not visit.sight.has_place(connection, place):
        raise NotFound
    if not visit.sight.has_sites(connection, {each.site for each in gates}):
        raise NotFound
    made = put_zone(connection, name, place, gates, visit.actor.name, visit.now, number)
    detail = {"name": name.strip(), "gates": len(gates)}
    note(connection, visit.actor, "put_zone", about_of(connection, of_zone(made)), visit.now, detail=detail)
    return made


def remove_zone_by(connection: Connection, visit: Visit, number: int) -> GateZone:
    """Remove a zone with its limits; returns what it was. Raises NotFound."""
    held = zone_in_sight(connection, visit, number)
    about = about_of(connection, of_zone(number))
    detail = {"name": held.name, "gates": len(held.gates)}
    note(connection, visit.actor, "remove_zone", about, visit.now, detail=detail)
    remove_zone(connection, number)
    return held


def set_limit_by(connection: Connection, visit: Visit, where: Where, limit: Limit, number: int | None) -> int:
    """Set a limit, or change the one of this number; returns its number. Raises NotFound, StoreError."""
    if where.kind is WhereKind.GATE or not is_seen(connection, visit.sight, where):
        raise NotFound
    if number is not None:
        limit_in_sight(connection, visit, number)
    made = put_limit(connection, where, limit, visit.actor.name, visit.now, number)
    detail = {"limit": made, "warn": limit.warn, "stop": limit.stop, "relief": limit.relief}
    note(connection, visit.actor, "put_limit", about_of(connection, where), visit.now, detail=detail)
    return made


def limit_in_sight(connection: Connection, visit: Visit, number: int) -> SetLimit:
    """The limit of this number. Raises NotFound where there is none in sight."""
    for held in limits_in(connection, visit.sight, {}).rows.values():
        for each in held:
            if each.number == number:
                return each
    raise NotFound


def remove_limit_by(connection: Connection, visit: Visit, number: int) -> SetLimit:
    """Remove a limit; the policy's own stays. Returns what it was. Raises NotFound."""
    held = limit_in_sight(connection, visit, number)
    detail = {"limit": number, "warn": held.limit.warn, "stop": held.limit.stop}
    note(connection, visit.actor, "remove_limit", about_of(connection, held.where), visit.now, detail=detail)
    remove_limit(connection, number)
    return held
