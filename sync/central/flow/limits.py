"""Limits of sites, zones and places: rows that people set, and the policies' own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from edge.decision import OccupancyRule, local_time
from edge.signing.cose import instant
from edge.support.phrases import phrase
from sync.central.flow.core import Limit, Where, WhereKind, rule_at, wrong_with
from sync.central.flow.core import place as of_place
from sync.central.flow.core import site as of_site
from sync.central.flow.core import zone as of_zone
from sync.central.flow.tables import flow_limit, zone, zone_gate
from sync.central.places.sight import Sight
from sync.central.places.tables import place_within
from sync.central.registry.archive import MissingVersion, version_at
from sync.central.store import StoreError
from sync.central.tables import publication, site

MOST_LIMITS = 16
"""Of one place or zone: a week has no more parts that somebody looks at."""
_FALLBACK_ZONE = "UTC"


@dataclass(frozen=True)
class SetLimit:
    """A limit that somebody set."""

    number: int
    where: Where
    limit: Limit
    changed_at: int
    changed_by: str


@dataclass(frozen=True)
class Limits:
    """What bounds each place: the rows that people set, what the policies in force say of sites, and by which
    time zone schedules go.
    """

    rows: Mapping[Where, tuple[SetLimit, ...]]
    floors: Mapping[str, OccupancyRule]
    zones: Mapping[Where, str]

    def rule(self, where: Where, at: int) -> OccupancyRule | None:
        """What holds there at a moment; None: nothing bounds it."""
        floor = self.floors.get(where.id) if where.kind is WhereKind.SITE else None
        limits = [each.limit for each in self.rows.get(where, ())]
        return rule_at(limits, floor, local_time(instant(at), self.zones.get(where, _FALLBACK_ZONE)))

    def bounded(self) -> list[Where]:
        """What has a limit at some time."""
        sites = (of_site(name) for name, rule in self.floors.items() if rule.warn or rule.stop)
        return sorted({*self.rows, *sites})


def limits_in(connection: sa.Connection, sight: Sight, floors: Mapping[str, OccupancyRule]) -> Limits:
    """The limits of what is in sight; `floors` are those of the policies: `policy_limits`."""
    rows: dict[Where, list[SetLimit]] = {}
    query = (
        sa.select(flow_limit, site.c.id.label("site"))
        .outerjoin(site, site.c.place == flow_limit.c.place)
        .outerjoin(zone, zone.c.number == flow_limit.c.zone)
        .where(sight.of_place(sa.func.coalesce(flow_limit.c.place, zone.c.place)))
        .order_by(flow_limit.c.number)
    )
    for row in connection.execute(query):
        where = of_site(row.site) if row.site else _where(row.place, row.zone)
        limit = Limit(row.warn, row.stop, row.relief, row.days, row.begins, row.ends)
        rows.setdefault(where, []).append(SetLimit(row.number, where, limit, row.changed_at, row.changed_by))
    return Limits({where: tuple(each) for where, each in rows.items()}, floors, _zones(connection))


def policy_limits(connection: sa.Connection, sight: Sight) -> dict[str, OccupancyRule]:
    """The limits of the policies that were published last, by site."""
    query = sa.select(publication.c.site, publication.c.version).where(sight.of(publication.c.site))
    found = {}
    for name, version in connection.execute(query).all():
        published = version_at(connection, name, version)
        if not isinstance(published, MissingVersion):
            found[name] = published.rules.policy.occupancy
    return found


def put_limit(
    connection: sa.Connection, where: Where, limit: Limit, by: str, now: int, number: int | None = None
) -> int:
    """Set a limit, or change the one of this number; returns its number. Raises StoreError."""
    wrong = wrong_with(limit)
    if wrong:
        raise StoreError(wrong, where=phrase("limit of %(where)s", where=where))
    values = _values(connection, where) | {
        "warn": limit.warn,
        "stop": limit.stop,
        "relief": limit.relief,
        "days": "".join(sorted(limit.days)),
        "begins": limit.begins,
        "ends": limit.ends,
        "changed_at": now,
        "changed_by": by,
    }
    if number is not None:
        if not connection.execute(
            sa.update(flow_limit).where(flow_limit.c.number == number).values(values)
        ).rowcount:
            raise StoreError(
                phrase("no limit %(number)s: somebody removed it", number=number),
                where=phrase("limit of %(where)s", where=where),
            )
        return number
    same = [flow_limit.c[name] == values[name] for name in ("place", "zone") if values[name] is not None]
    held = connection.execute(sa.select(sa.func.count()).select_from(flow_limit).where(*same)).scalar_one()
    if held >= MOST_LIMITS:
        raise StoreError(
            phrase(
                "%(where)s has %(held)s limits already, at most %(most)s",
                where=where,
                held=held,
                most=MOST_LIMITS,
            ),
            where=phrase("limit of %(where)s", where=where),
        )
    made: int = connection.execute(
        sa.insert(flow_limit).values(values).returning(flow_limit.c.number)
    ).scalar_one()
    return made


def remove_limit(connection: sa.Connection, number: int) -> bool:
    """Remove a limit; returns whether there was one."""
    return bool(connection.execute(sa.delete(flow_limit).where(flow_limit.c.number == number)).rowcount)


# --- inside --------------------------------------------------------------------------------


def _where(place: int | None, zone_number: int | None) -> Where:
    return of_zone(zone_number) if zone_number is not None else of_place(place or 0)


def _values(connection: sa.Connection, where: Where) -> dict[str, object]:
    """The columns that say of what a limit is."""
    match where.kind:
        case WhereKind.ZONE:
            return {"place": None, "zone": int(where.id)}
        case WhereKind.PLACE:
            return {"place": int(where.id), "zone": None}
        case WhereKind.SITE:
            number = connection.execute(sa.select(site.c.place).where(site.c.id == where.id)).scalar()
            if number is None:
                raise StoreError(
                    phrase("the site has no place"),
                    where=where.id,
                    remedy=phrase("give it one: place settle"),
                )
            return {"place": number, "zone": None}
    raise StoreError(
        phrase("a gate has no limit: those inside are inside a site or a zone"), where=str(where)
    )


def _zones(connection: sa.Connection) -> dict[Where, str]:
    """By which time zone each site, place and zone goes: that of its first site."""
    found: dict[Where, str] = {}
    sites = connection.execute(sa.select(site.c.id, site.c.time_zone)).all()
    found |= {of_site(row.id): row.time_zone for row in sites}
    within = (
        sa.select(place_within.c.ancestor, sa.func.min(site.c.time_zone))
        .join(site, site.c.place == place_within.c.place)
        .group_by(place_within.c.ancestor)
    )
    found |= {of_place(number): zone_ for number, zone_ in connection.execute(within)}
    of_gates = (
        sa.select(zone_gate.c.zone, sa.func.min(site.c.time_zone))
        .join(site, site.c.id == zone_gate.c.site)
        .group_by(zone_gate.c.zone)
    )
    return found | {of_zone(number): zone_ for number, zone_ in connection.execute(of_gates)}
