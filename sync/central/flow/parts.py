"""What a gate, a site, a zone or a place consists of, and how its counts are joined to devices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import sqlalchemy as sa

from edge.counting.core import TALLY_FIELDS
from sync.central.flow.core import Sign, Where, WhereKind
from sync.central.flow.tables import flow_count, zone_gate
from sync.central.newer import word_of
from sync.central.places.tables import place_within
from sync.central.tables import chain, device, site

Parts = Mapping[str, Mapping[str, Sign] | None]
"""By site: all of it (None), or some of its devices, and how each counts."""
SUMS = [sa.func.sum(flow_count.c[name]).label(name) for name in TALLY_FIELDS]
JOINED = flow_count.join(chain, chain.c.number == flow_count.c.chain).join(
    device, device.c.id == chain.c.device
)


def parts_of(connection: sa.Connection, where: Where) -> Parts:
    """The sites that it consists of, and of which gates there."""
    match where.kind:
        case WhereKind.SITE:
            return {where.id: None}
        case WhereKind.PLACE:
            query = (
                sa.select(site.c.id)
                .join(place_within, place_within.c.place == site.c.place)
                .where(place_within.c.ancestor == int(where.id))
            )
            return dict.fromkeys(connection.execute(query).scalars())
        case WhereKind.GATE:
            of_gate = connection.execute(sa.select(device.c.site).where(device.c.id == where.id)).scalar()
            return {} if of_gate is None else {of_gate: {where.id: Sign.AS_IS}}
    found: dict[str, dict[str, Sign]] = defaultdict(dict)
    in_zone = (zone_gate.c.site == device.c.site) & (zone_gate.c.gate == device.c.gate)
    gates = (
        sa.select(device.c.site, device.c.id, zone_gate.c.sign)
        .join(zone_gate, in_zone)
        .where(zone_gate.c.zone == int(where.id))
    )
    for of_site, name, sign in connection.execute(gates):
        found[of_site][name] = word_of(Sign, sign)
    return found


def in_parts(parts: Parts) -> sa.ColumnElement[bool]:
    """The condition that a device is one of these parts."""
    whole = [name for name, signs in parts.items() if signs is None]
    some = [name for signs in parts.values() if signs is not None for name in signs]
    return device.c.site.in_(whole) | device.c.id.in_(some)
