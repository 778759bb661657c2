"""What a rule would have raised in the last days, before it is saved: from the journals and accesses that are
kept.

Each alarm is taken as seen to within the hour. What was so only at a moment (a gate without a link) is not
kept: of such kinds the alarms that were raised are counted, as far as the rule would have raised them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.signing.cose import instant
from sync.central.accesses.core import AN_HOUR, AccessFigure
from sync.central.accesses.tables import access, access_count
from sync.central.alarms.core import (
    AGAIN_WITHIN,
    AlarmKind,
    AlarmRule,
    Denial,
    denied_at_several,
    is_of_key_area,
    is_unusual,
    named_by,
)
from sync.central.alarms.rules import Where
from sync.central.alarms.tables import alarm
from sync.central.people.columns import groups_in
from sync.central.people.identity import known_at
from sync.central.places.sight import Sight
from sync.central.places.tables import place_within
from sync.central.tables import chain as chains
from sync.central.tables import device as devices
from sync.central.tables import site as sites
from sync.central.tables import subject
from sync.central.units import DAY, SECOND

DAYS = 7
_MOST = 20_000
"""So many rows are looked at."""
_Told = tuple[str, int, Where]
"""Of what, when, and where."""


def would_raise(connection: sa.Connection, rule: AlarmRule, now: int, sight: Sight) -> int:
    """How many alarms in sight the rule would have raised in the last days at its place."""
    if not rule.raises:
        return 0
    since = now - DAYS * DAY
    zones = _zones(connection, rule, sight) | _zones_of_places(connection, rule, sight)
    told = {
        AlarmKind.DENIED_AT_SEVERAL: _denied,
        AlarmKind.OVERRIDE_RATE: _by_hand,
        AlarmKind.KEY_AREA_PERSON: _of_key_areas,
    }.get(rule.kind, _raised)(connection, rule, since)
    held = [each for each in told if _holds(rule, zones, each)]
    return episodes(held)


def episodes(told: Iterable[_Told]) -> int:
    """How many alarms these are: of one thing, what is no more than an hour apart is one."""
    times: dict[str, list[int]] = defaultdict(list)
    for key, at, _ in told:
        times[key].append(at)
    count = 0
    for each in times.values():
        last = None
        for at in sorted(each):
            count += last is None or at - last > AGAIN_WITHIN
            last = at
    return count


# --- inside --------------------------------------------------------------------------------


def _zones(connection: sa.Connection, rule: AlarmRule, sight: Sight) -> dict[Where, ZoneInfo]:
    """The sites in sight at the rule's place, each with its zone."""
    query = sa.select(sites.c.id, sites.c.time_zone).where(sight.of(sites.c.id))
    if rule.place is not None:
        query = query.join(place_within, place_within.c.place == sites.c.place)
        query = query.where(place_within.c.ancestor == rule.place)
    return {(row.id, None): ZoneInfo(row.time_zone) for row in connection.execute(query)}


def _zones_of_places(connection: sa.Connection, rule: AlarmRule, sight: Sight) -> dict[Where, ZoneInfo]:
    """The places in sight at the rule's place, each with the zone of its first site."""
    above = place_within.alias()
    query = (
        sa.select(place_within.c.ancestor, sa.func.min(sites.c.time_zone))
        .join(sites, sites.c.place == place_within.c.place)
        .where(sight.of_place(place_within.c.ancestor))
        .group_by(place_within.c.ancestor)
    )
    if rule.place is not None:
        query = query.join(above, above.c.place == place_within.c.ancestor)
        query = query.where(above.c.ancestor == rule.place)
    return {(None, number): ZoneInfo(zone) for number, zone in connection.execute(query)}


def _holds(rule: AlarmRule, zones: dict[Where, ZoneInfo], told: _Told) -> bool:
    _, at, where = told
    if where not in zones:
        return False
    local: datetime = instant(at).astimezone(zones[where])
    return rule.schedule.holds_at(local)


def _raised(connection: sa.Connection, rule: AlarmRule, since: int) -> Iterator[_Told]:
    """The alarms that there were, if they lasted long enough."""
    lasted = sa.func.coalesce(alarm.c.ended_at, alarm.c.last_at) - alarm.c.first_at
    query = sa.select(alarm.c.key, alarm.c.first_at, alarm.c.site, alarm.c.place).where(
        alarm.c.kind == rule.kind.value,
        alarm.c.first_at >= since,
        alarm.c.site.is_not(None) | alarm.c.place.is_not(None),
        (lasted >= rule.settings.after * SECOND) | alarm.c.open_key.is_not(None),
    )
    for row in connection.execute(query.limit(_MOST)):
        yield row.key, row.first_at, (row.site, None if row.site is not None else row.place)


def _denied(connection: sa.Connection, rule: AlarmRule, since: int) -> Iterator[_Told]:
    columns = (
        access.c.site,
        access.c.subject,
        access.c.at,
        access.c.device,
        access.c.chain,
        access.c.sequence,
    )
    query = sa.select(*columns).where(
        access.c.outcome == "deny", access.c.subject.is_not(None), access.c.at >= since
    )
    rows = connection.execute(query.order_by(access.c.at.desc()).limit(_MOST)).all()
    known = known_at(connection, {(row.site, row.subject) for row in rows})
    found: dict[tuple[str, str], dict[Denial, str]] = defaultdict(dict)
    for row in rows:
        denial = Denial(row.at, row.device, row.chain, row.sequence)
        found[min(known[row.site, row.subject]), row.subject][denial] = row.site
    for (_, person), where in found.items():
        for last, *_ in denied_at_several(where, rule.settings.within * SECOND, rule.settings.threshold):
            yield f"{where[last]} {person}", last.at, (where[last], None)


def _by_hand(connection: sa.Connection, rule: AlarmRule, since: int) -> Iterator[_Told]:
    query = (
        sa.select(
            devices.c.id,
            devices.c.site,
            access_count.c.begin,
            sa.func.sum(access_count.c.times).label("times"),
        )
        .join(chains, chains.c.number == access_count.c.chain)
        .join(devices, devices.c.id == chains.c.device)
        .where(
            access_count.c.span == AN_HOUR,
            access_count.c.what == AccessFigure.OVERRIDE.value,
            access_count.c.begin >= since - DAYS * DAY,
        )
        .group_by(devices.c.id, devices.c.site, access_count.c.begin)
        .limit(_MOST)
    )
    rows = connection.execute(query).all()
    times = {(row.id, row.begin): int(row.times) for row in rows}
    for row in rows:
        usual = sum(times.get((row.id, row.begin - day * DAY), 0) for day in range(1, DAYS + 1)) / DAYS
        if row.begin >= since and is_unusual(int(row.times), usual, rule.settings.threshold):
            yield row.id, row.begin, (row.site, None)


def _of_key_areas(connection: sa.Connection, rule: AlarmRule, since: int) -> Iterator[_Told]:
    if not named_by(rule.settings):
        return
    query = (
        sa.select(access.c.at, access.c.site, subject.c.id, subject.c.address, subject.c.groups)
        .join(subject, (subject.c.site == access.c.site) & (subject.c.id == access.c.subject))
        .where(access.c.at >= since)
        .order_by(access.c.at.desc())
        .limit(_MOST)
    )
    for row in connection.execute(query):
        if is_of_key_area(row.address, groups_in(row.groups), row.site, rule.settings):
            yield f"{row.site} {row.id}", row.at, (row.site, None)
