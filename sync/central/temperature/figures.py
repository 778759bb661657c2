"""Reads the counted temperatures: by gate, by hour, and how each gate's stand beside its neighbours'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sync.central.places.core import Level
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tables import place, place_within
from sync.central.tables import chain, device, site
from sync.central.temperature.core import (
    CELSIUS,
    FEWEST_NEIGHBOURS,
    ComparedThermometer,
    Counts,
    ThermometerVerdict,
    compared,
    read_back,
    trimmed_mean,
)
from sync.central.temperature.tables import temperature_count
from sync.central.units import DAY, HOUR

UNKNOWN = ComparedThermometer(ThermometerVerdict.UNKNOWN)


@dataclass(frozen=True)
class GateMeasurements:
    """What was measured at a gate in a stretch of time. `mean` and `raw_mean` (°C, with the gate's offset and
    without) are None where too few readings were valid; `beside` compares it with its neighbours now.
    """

    device: str
    gate: str
    site: str
    counts: Counts
    beside: ComparedThermometer

    @property
    def mean(self) -> float | None:
        return trimmed_mean(self.counts.celsius)

    @property
    def raw_mean(self) -> float | None:
        return trimmed_mean(self.counts.raw)


@dataclass(frozen=True)
class HourMeasurements:
    """What was measured in the hour from `begin` on, at all gates that were asked for."""

    begin: int
    counts: Counts

    @property
    def mean(self) -> float | None:
        return trimmed_mean(self.counts.celsius)


def by_gate(connection: sa.Connection, sight: Sight, since: int, until: int) -> list[GateMeasurements]:
    """The gates in sight that measured something from `since` until `until`, by site and gate."""
    counts = defaultdict[tuple[str, str, str], list[tuple[str, int]]](list)
    for row in connection.execute(_counted(sight, since, until)):
        counts[row.site, row.gate, row.device].append((row.what, row.times))
    beside = beside_neighbours(connection, until)
    return [
        GateMeasurements(name, gate, at, read_back(rows), beside.get(name, UNKNOWN))
        for (at, gate, name), rows in sorted(counts.items())
    ]


def by_hour(
    connection: sa.Connection, sight: Sight, since: int, until: int, device_id: str | None = None
) -> list[HourMeasurements]:
    """The hours from `since` until `until` in which something was measured in sight, oldest first."""
    query = _counted(sight, since, until)
    if device_id is not None:
        query = query.where(device.c.id == device_id)
    counts = defaultdict[int, list[tuple[str, int]]](list)
    for row in connection.execute(query):
        counts[row.begin].append((row.what, row.times))
    return [HourMeasurements(begin, read_back(rows)) for begin, rows in sorted(counts.items())]


def summed_by_gate(
    connection: sa.Connection, sight: Sight, since: int, until: int
) -> dict[str, list[tuple[str, int]]]:
    """What was counted at each gate in sight in a stretch of time, by device: rows for `read_back`."""
    return _summed(connection, device.c.id, sight, since, until)


def summed_by_hour(
    connection: sa.Connection, sight: Sight, since: int, until: int
) -> dict[int, list[tuple[str, int]]]:
    """What was counted at all gates in sight in each hour, by its begin: rows for `read_back`."""
    return _summed(connection, temperature_count.c.begin, sight, since, until)


def beside_neighbours(connection: sa.Connection, now: int) -> dict[str, ComparedThermometer]:
    """Each gate that measured of late beside its neighbours: the gates of its site where they are enough,
    else those of its street. Hours that are over count.
    """
    until = now - now % HOUR
    hours = _hours(connection, until - _LOOKED_BACK, until)
    found: dict[str, ComparedThermometer] = {}
    homes = _homes(connection, hours)
    for level in (1, 0):  # the street's first: a site that has gates enough decides for its own
        groups = defaultdict[object, list[str]](list)
        for name, home in homes.items():
            groups[home[level]].append(name)
        for members in groups.values():
            if level or len(members) > FEWEST_NEIGHBOURS:
                told = compared({name: hours[name] for name in members})
                found |= {
                    name: each
                    for name, each in told.items()
                    if each.verdict is not ThermometerVerdict.UNKNOWN
                }
    return found


# --- inside --------------------------------------------------------------------------------

_LOOKED_BACK = DAY
"""A gate at which nobody came at night is compared by the evening's hours; of older ones nobody asks."""


def _summed(
    connection: sa.Connection, by: sa.ColumnElement[Any], sight: Sight, since: int, until: int
) -> dict[Any, list[tuple[str, int]]]:
    count = temperature_count.c
    times = sa.func.sum(count.times)
    query = (
        sa.select(by, count.what, times)
        .select_from(
            temperature_count.join(chain, chain.c.number == count.chain).join(
                device, device.c.id == chain.c.device
            )
        )
        .where(sight.of(device.c.site), count.begin >= since, count.begin < until)
        .group_by(by, count.what)
        .having(times > 0)
    )
    found = defaultdict[Any, list[tuple[str, int]]](list)
    for key, what, counted in connection.execute(query):
        found[key].append((what, int(counted)))
    return found


def _counted(sight: Sight, since: int, until: int) -> sa.Select[tuple[str, str, str, int, str, int]]:
    count = temperature_count.c
    return (
        sa.select(
            device.c.site,
            device.c.gate,
            device.c.id.label("device"),
            count.begin,
            count.what,
            sa.func.sum(count.times).cast(sa.BigInteger).label("times"),
        )
        .join(chain, chain.c.number == count.chain)
        .join(device, device.c.id == chain.c.device)
        .where(sight.of(device.c.site), count.begin >= since, count.begin < until)
        .group_by(device.c.site, device.c.gate, device.c.id, count.begin, count.what)
        .having(sa.func.sum(count.times) > 0)
    )


def _hours(connection: sa.Connection, since: int, until: int) -> dict[str, dict[int, dict[int, int]]]:
    query = _counted(EVERYWHERE, since, until).where(temperature_count.c.what.startswith(CELSIUS))
    found = defaultdict[str, dict[int, dict[int, int]]](lambda: defaultdict(dict))
    for row in connection.execute(query):
        found[row.device][row.begin][int(row.what.removeprefix(CELSIUS))] = row.times
    return found


def _homes(connection: sa.Connection, devices: Iterable[str]) -> Mapping[str, tuple[str, object]]:
    """The site of each device, and its street; of a site that lies in none, the site itself."""
    street = (
        sa.select(place_within.c.ancestor)
        .join(place, place.c.number == place_within.c.ancestor)
        .where(place_within.c.place == site.c.place, place.c.level == Level.STREET)
        .limit(1)
        .scalar_subquery()
    )
    query = sa.select(device.c.id, device.c.site, street.label("street")).join(
        site, site.c.id == device.c.site
    )
    wanted = {*devices}
    rows = connection.execute(query)
    return {
        row.id: (row.site, row.street if row.street is not None else row.site)
        for row in rows
        if row.id in wanted
    }
