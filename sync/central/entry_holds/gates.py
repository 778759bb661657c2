"""Which gates let people into a site, a zone or a place: those at which a hold stops anybody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.audit.audit import About
from sync.central.entry_holds.holds import EntriesHold
from sync.central.entry_holds.tables import entry_hold_gate
from sync.central.flow.core import Sign, Where, WhereKind, is_where
from sync.central.flow.tables import flow_count, zone, zone_gate
from sync.central.newer_needed import OfNewerVersion
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tables import place_within
from sync.central.store import StoreError
from sync.central.tables import chain, device, in_service
from sync.central.tables import site as sites


@dataclass(frozen=True)
class EntryGate:
    """A gate in service that lets people in."""

    device: str
    site: str
    gate: str


def entry_gates(connection: sa.Connection, where: Where, sight: Sight = EVERYWHERE) -> list[EntryGate]:
    """The gates in sight by which people come into `where`: all but those that were only seen to let out.

    Raises StoreError where a gate of it is out of sight.
    """
    query = sa.select(device.c.id, device.c.site, device.c.gate, sight.of(device.c.site).label("seen"))
    query = query.where(in_service, _within(where)).order_by(device.c.site, device.c.gate)
    rows = connection.execute(query).all()
    if not all(row.seen for row in rows):
        raise StoreError(
            phrase("%(where)s has gates where you may not command", where=where),
            where=phrase("gates"),
            remedy=phrase("ask who may there"),
        )
    ways_out = _ways_out(connection, [row.id for row in rows])
    return [EntryGate(row.id, row.site, row.gate) for row in rows if row.id not in ways_out]


def gates_to_hold(connection: sa.Connection, where: Where, held: Collection[str]) -> set[str]:
    """The gates at which a hold that has the gates `held` stops people now: those by which they come into
    `where`, and of the held ones all that are still there. A gate whose entries are held is seen to let out
    only: it is no way out for that.
    """
    query = sa.select(device.c.id).where(in_service, _within(where), device.c.id.in_([*held]))
    still = connection.execute(query).scalars()
    return {*still, *(each.device for each in entry_gates(connection, where))}


def about_of(connection: sa.Connection, where: Where) -> About:
    """What the audit says that a hold there is about; who sees it may read that."""
    match where.kind:
        case WhereKind.SITE:
            return About("site", where.id, site=where.id)
        case WhereKind.PLACE:
            return About("place", where.id, place=int(where.id))
        case WhereKind.ZONE:
            number = sa.select(zone.c.place).where(zone.c.number == int(where.id))
            return About("zone", where.id, place=connection.execute(number).scalar_one_or_none())
        case WhereKind.GATE:
            of = connection.execute(
                sa.select(device.c.site).where(device.c.id == where.id)
            ).scalar_one_or_none()
            return About("gate", where.id, site=of)


def is_seen(connection: sa.Connection, sight: Sight, where: Where) -> bool:
    """Whether it is there, and in sight."""
    about = about_of(connection, where)
    if about.site is not None:
        return sight.has_site(connection, about.site)
    return about.place is not None and sight.has_place(connection, about.place)


def is_hold_seen(connection: sa.Connection, sight: Sight, hold: EntriesHold) -> bool:
    """Whether a hold is in sight. Where only a newer version knows of what it is, they see it who see
    all its gates.
    """
    if is_where(hold.what):
        return is_seen(connection, sight, where_of(hold.what))
    held = sa.select(device.c.site).join(entry_hold_gate, entry_hold_gate.c.device == device.c.id)
    sites_held = connection.execute(held.where(entry_hold_gate.c.hold == hold.number)).scalars().all()
    return bool(sites_held) and sight.has_sites(connection, sites_held)


def where_held(hold: EntriesHold) -> Where:
    """Of what a hold is. Raises OfNewerVersion."""
    if not is_where(hold.what):
        raise OfNewerVersion(phrase("the hold of entries %(number)s", number=hold.number))
    return where_of(hold.what)


def where_of(what: str) -> Where:
    """What the text of a `Where` names; raises StoreError."""
    if not is_where(what):
        raise StoreError(phrase("%(what)r is no site, zone or place", what=what[:60]), where=phrase("what"))
    kind, _, of = what.partition(":")
    return Where(WhereKind(kind), of)


# --- inside ----------------------------------------------------------------------------------


def _within(where: Where) -> sa.ColumnElement[bool]:
    match where.kind:
        case WhereKind.GATE:
            return device.c.id == where.id
        case WhereKind.SITE:
            return device.c.site == where.id
        case WhereKind.PLACE:
            within = sa.select(sites.c.id).join(place_within, place_within.c.place == sites.c.place)
            return device.c.site.in_(within.where(place_within.c.ancestor == int(where.id)))
        case WhereKind.ZONE:
            # Who leaves a site into a zone is not held: nobody is kept in.
            in_zone = sa.select(zone_gate.c.zone).where(
                zone_gate.c.zone == int(where.id),
                zone_gate.c.site == device.c.site,
                zone_gate.c.gate == device.c.gate,
                zone_gate.c.sign.in_([Sign.AS_IS, Sign.IN]),
            )
            return in_zone.exists()


def _ways_out(connection: sa.Connection, names: list[str]) -> set[str]:
    """Those at which people were seen to leave, and nobody to enter, in all that is kept."""
    query = (
        sa.select(chain.c.device)
        .join(flow_count, flow_count.c.chain == chain.c.number)
        .where(chain.c.device.in_(names))
        .group_by(chain.c.device)
        .having((sa.func.sum(flow_count.c.entered) == 0) & (sa.func.sum(flow_count.c.left) > 0))
    )
    return set(connection.execute(query).scalars())
