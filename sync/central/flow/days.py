"""The days in which sites count: which one holds now, and when each began."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa

from edge.decision import local_time
from edge.signing.cose import instant
from sync.central.flow.tables import flow_day
from sync.central.places.sight import Sight
from sync.central.tables import chain, device, site

_AHEAD = timedelta(minutes=15)
"""So early a gate whose clock is ahead may begin a day, and be believed."""


def days_now(connection: sa.Connection, sight: Sight, now: int) -> dict[str, str]:
    """The day that each site in sight counts in: the newest that any of its gates began and that can have
    begun. A gate whose clock is a day ahead does not take the others along.
    """
    found: dict[str, str] = {}
    for zone, limit in _newest_days(connection, sight, now):
        query = (
            sa.select(site.c.id, sa.func.max(flow_day.c.begun))
            .select_from(flow_day)
            .join(chain, chain.c.number == flow_day.c.chain)
            .join(device, device.c.id == chain.c.device)
            .join(site, site.c.id == device.c.site)
            .where(sight.of(site.c.id), site.c.time_zone == zone, flow_day.c.begun <= limit)
            .group_by(site.c.id)
        )
        found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def turns_of(
    connection: sa.Connection, sites: Iterable[str], since: int, now: int
) -> dict[str, list[tuple[int, str]]]:
    """When each day began at each of these sites, in order, from the one that held at `since` on."""
    found: dict[str, dict[str, int]] = {name: {} for name in sites}
    limits = dict(_newest_days(connection, None, now))
    query = (
        sa.select(device.c.site, site.c.time_zone, flow_day.c.begun, sa.func.min(flow_day.c.at))
        .select_from(flow_day)
        .join(chain, chain.c.number == flow_day.c.chain)
        .join(device, device.c.id == chain.c.device)
        .join(site, site.c.id == device.c.site)
        .where(device.c.site.in_([*found]))
        .group_by(device.c.site, site.c.time_zone, flow_day.c.begun)
    )
    for name, zone, day, at in connection.execute(query):
        if day <= limits[zone]:
            found[name][day] = at
    return {name: _from_the_one_before(days, since) for name, days in found.items()}


# --- inside --------------------------------------------------------------------------------


def _newest_days(connection: sa.Connection, sight: Sight | None, now: int) -> list[tuple[str, str]]:
    """Of each time zone the newest day that can have begun there."""
    query = sa.select(site.c.time_zone).distinct()
    if sight is not None:
        query = query.where(sight.of(site.c.id))
    at = instant(now) + _AHEAD
    return [(zone, local_time(at, zone).date().isoformat()) for zone in connection.execute(query).scalars()]


def _from_the_one_before(days: dict[str, int], since: int) -> list[tuple[int, str]]:
    turns = sorted((at, day) for day, at in days.items())
    before = [place for place, (at, _) in enumerate(turns) if at < since]
    return turns[before[-1] if before else 0 :]
