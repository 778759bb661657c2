"""Reads what reports say of temperatures and of people inside, out of counts that outlive their events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.alarms.core import AlarmKind
from sync.central.alarms.tables import alarm
from sync.central.flow.core import site as of_site
from sync.central.flow.limits import Limits, limits_in, policy_limits
from sync.central.flow.reading import FlowCourse, course, known_since
from sync.central.places.sight import Sight
from sync.central.reports.core import (
    Days,
    DriftFigures,
    OccupancyFigures,
    OccupancyOf,
    TemperatureFigures,
    ahead_at,
    day_of,
    occupancy_of,
    temperatures_of,
)
from sync.central.temperature.core import read_back
from sync.central.temperature.figures import summed_by_gate, summed_by_hour
from sync.central.units import DAY, HOUR, MINUTE

COARSE = 10 * MINUTE
"""By so much people inside are looked at: finer counts are kept for three days only, and a report of last
month says what it would have said on its first day.
"""


def temperatures(
    connection: sa.Connection, sight: Sight, sites: Sequence[str], days: Days
) -> TemperatureFigures:
    """What the gates of the sites measured in these days, and whose thermometer drifted."""
    by_hour = summed_by_hour(connection, sight, days.since, days.until)
    of_day = defaultdict[int, list[tuple[str, int]]](list)
    for begin, rows in by_hour.items():
        of_day[(begin + ahead_at(days.zone, begin)) % DAY // HOUR] += rows
    by_gate = summed_by_gate(connection, sight, days.since, days.until)
    return temperatures_of(
        {name: read_back(rows) for name, rows in by_gate.items()},
        {hour: read_back(rows) for hour, rows in of_day.items()},
        _drifts(connection, sites, days),
        (min(by_hour, default=None), max(by_hour, default=None)),
    )


def occupancy(
    connection: sa.Connection, sight: Sight, sites: Sequence[str], days: Days, now: int
) -> OccupancyFigures:
    """Who was inside the sites in these days, by ten minutes, against the limits as they are now."""
    limits = limits_in(connection, sight, policy_limits(connection, sight))
    known = known_since(connection, sites)
    until = min(days.until, now)
    found: list[tuple[OccupancyOf, _Line]] = []
    for name in sites:
        since = max(days.since, known.get(name, until))
        if since < until:
            line = course(connection, of_site(name), since, until, COARSE, until)
            found.append((_site(name, line, since, limits), _Line(line.since, line.inside)))
    together = _together([line for _, line in found], days.since, until)
    whole = _whole([each for each, _ in found], together)
    return occupancy_of([each for each, _ in found], whole, _by_day(together, days), len(sites) - len(found))


# --- inside --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
    since: int
    inside: Sequence[int | None]


def _drifts(connection: sa.Connection, sites: Sequence[str], days: Days) -> list[DriftFigures]:
    """The findings about thermometers that were so in these days: alarms, as far as these are kept."""
    query = sa.select(alarm.c.device, alarm.c.first_at, alarm.c.ended_at, alarm.c["values"]).where(
        alarm.c.kind == AlarmKind.THERMOMETER_DRIFT.value,
        alarm.c.site.in_([*sites]),
        alarm.c.device.is_not(None),
        alarm.c.first_at < days.until,
        alarm.c.ended_at.is_(None) | (alarm.c.ended_at >= days.since),
    )
    return [
        DriftFigures(name, first, ended, int((values or {}).get("hundredths_of_a_degree", 0)))
        for name, first, ended, values in connection.execute(query)
    ]


def _site(name: str, line: FlowCourse, since: int, limits: Limits) -> OccupancyOf:
    warned = stopped = 0
    has_warn = has_stop = False
    bounded = of_site(name) in limits.bounded()
    for number, people in enumerate(line.inside if bounded else ()):
        rule = limits.rule(of_site(name), line.since + number * line.step)
        if rule is None:
            continue
        has_warn, has_stop = has_warn or rule.warn is not None, has_stop or rule.stop is not None
        warned += rule.warn is not None and people >= rule.warn
        stopped += rule.stop is not None and people >= rule.stop
    peak = max(line.inside, default=0)
    return OccupancyOf(
        name,
        peak,
        line.since + line.step * (line.inside.index(peak) + 1 if line.inside else 0),
        warned * line.step // MINUTE if has_warn else None,
        stopped * line.step // MINUTE if has_stop else None,
        sum(each.inside for each in line.corrected),
        len(line.corrected),
        sum(line.entered) + sum(line.left),
        since,
    )


def _together(lines: Sequence[_Line], since: int, until: int) -> _Line:
    """The people inside all of them; None where nothing is known of any."""
    since -= since % COARSE
    found: list[int | None] = [None] * len(range(since, until, COARSE))
    for line in lines:
        first = (line.since - since) // COARSE
        for number, people in enumerate(line.inside):
            found[first + number] = (found[first + number] or 0) + (people or 0)
    return _Line(since, found)


def _whole(sites: Sequence[OccupancyOf], together: _Line) -> OccupancyOf | None:
    known = [(people, -number) for number, people in enumerate(together.inside) if people is not None]
    if not known:
        return None
    peak, place = max(known)
    return OccupancyOf(
        "",
        peak,
        together.since + COARSE * (1 - place),
        None,
        None,
        sum(each.corrected for each in sites),
        sum(each.corrections for each in sites),
        sum(each.passages for each in sites),
        max(each.since for each in sites),
    )


def _by_day(together: _Line, days: Days) -> list[tuple[str, int | None]]:
    """The most of each day."""
    most: dict[str, int] = {}
    offsets = days.offsets()
    for number, people in enumerate(together.inside):
        if people is None:
            continue
        at = together.since + number * COARSE
        ahead = next(each.ahead for each in offsets if each.until is None or at < each.until)
        day = day_of(at + ahead).isoformat()
        most[day] = max(people, most.get(day, 0))
    return [(day.isoformat(), most.get(day.isoformat())) for day in days.each()]
