"""The figures that pages show: by site for now and today, by gate, and the course of a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from sync.central.accesses.core import (
    AN_HOUR,
    COURSE,
    REASON,
    TEN_MINUTES,
    WAITED,
    AccessFigure,
    PlaceFigures,
    quantile,
)
from sync.central.accesses.tables import access, access_count
from sync.central.places.sight import Sight
from sync.central.tables import chain, device, in_service, site
from sync.central.units import MINUTE, SECOND


@dataclass
class GateAccesses:
    """A gate's accesses: how many by `AccessFigure`, what kept somebody out by reason, and waits by class."""

    of: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    waits: dict[str, int] = field(default_factory=dict)
    late: int = 0
    corrected_at: int | None = None

    @property
    def accesses(self) -> int:
        return sum(self.of.values())

    @property
    def override_share(self) -> float | None:
        return self.of.get(AccessFigure.OVERRIDE, 0) / self.accesses if self.accesses else None


@dataclass(frozen=True)
class AccessCourse:
    """Accesses by spans of ten minutes from `since` on: granted and opened by hand, denied, referred."""

    since: int
    passed: tuple[int, ...]
    denied: tuple[int, ...]
    referred: tuple[int, ...]


@dataclass(frozen=True)
class AccessWaits:
    """Milliseconds that `half` of the people, and 95 in a hundred (`most`), waited at most, by the hour from
    `since` on; None where nobody measured.
    """

    since: int
    half: tuple[int | None, ...]
    most: tuple[int | None, ...]


def counts_by_device(
    connection: sa.Connection, sight: Sight, since: int, until: int
) -> dict[str, GateAccesses]:
    """What each device in sight counted by its clock, from the hour of `since` on and before `until`."""
    found: dict[str, GateAccesses] = defaultdict(GateAccesses)
    query = (
        _of_devices(sight, AN_HOUR, since, until)
        .with_only_columns(
            device.c.id,
            access_count.c.what,
            sa.func.sum(access_count.c.times),
            sa.func.sum(access_count.c.late),
            sa.func.max(access_count.c.corrected_at),
        )
        .group_by(device.c.id, access_count.c.what)
    )
    for name, what, times, late, corrected in connection.execute(query):
        counts = found[name]
        if what.startswith(REASON):
            counts.reasons[what.removeprefix(REASON)] = int(times)
            continue
        if what.startswith(WAITED):
            counts.waits[what] = int(times)
            continue
        counts.of[what] = int(times)
        counts.late += int(late)
        counts.corrected_at = max(filter(None, (counts.corrected_at, corrected)), default=None)
    return found


def course_of(connection: sa.Connection, sight: Sight, since: int, until: int) -> AccessCourse:
    """The course of what is in sight, by ten minutes, from the span of `since` on."""
    step = TEN_MINUTES * SECOND
    since -= since % step
    length = max(0, -(-(until - since) // step))
    lines = {name: [0] * length for name in ("passed", AccessFigure.DENIED, AccessFigure.REFERRED)}
    query = (
        _of_devices(sight, TEN_MINUTES, since, until)
        .with_only_columns(access_count.c.begin, access_count.c.what, sa.func.sum(access_count.c.times))
        .group_by(access_count.c.begin, access_count.c.what)
    )
    for begin, what, times in connection.execute(query):
        line = lines[what if what in lines else "passed"]
        line[(begin - since) // step] += int(times)
    return AccessCourse(
        since, *(tuple(lines[name]) for name in ("passed", AccessFigure.DENIED, AccessFigure.REFERRED))
    )


def waits_of(connection: sa.Connection, sight: Sight, since: int, until: int) -> AccessWaits:
    """How long people waited at what is in sight, by the hour, from the hour of `since` on."""
    step = AN_HOUR * SECOND
    since -= since % step
    hours: list[dict[str, int]] = [{} for _ in range(max(0, -(-(until - since) // step)))]
    query = (
        _of_devices(sight, AN_HOUR, since, until)
        .with_only_columns(access_count.c.begin, access_count.c.what, sa.func.sum(access_count.c.times))
        .where(access_count.c.what.startswith(WAITED))
        .group_by(access_count.c.begin, access_count.c.what)
    )
    for begin, what, times in connection.execute(query):
        hours[(begin - since) // step][what] = int(times)
    return AccessWaits(
        since,
        tuple(quantile(held, 0.5) for held in hours),
        tuple(quantile(held, 0.95) for held in hours),
    )


def known_between(connection: sa.Connection, sight: Sight) -> tuple[int, int] | None:
    """From when on anything of what is in sight was counted, and when it was last heard of; None: never.

    Outside of it nobody can tell, and a line of zeros would say that nobody came.
    """
    first = sa.select(sa.func.min(access_count.c.begin)).where(
        access_count.c.chain == chain.c.number, access_count.c.span == TEN_MINUTES
    )
    row = connection.execute(
        sa.select(sa.func.min(first.correlate(chain).scalar_subquery()), sa.func.max(device.c.last_seen))
        .select_from(device.join(chain, chain.c.device == device.c.id))
        .where(sight.of(device.c.site))
    ).one()
    return None if row[0] is None or row[1] is None else (int(row[0]), int(row[1]))


def figures_by_site(connection: sa.Connection, sight: Sight, now: int, today: int) -> dict[str, PlaceFigures]:
    """What each site in sight shows of its accesses: today's counts, and the last minutes' course."""
    gates = _gates(connection, sight)
    minutes = _minutes(connection, sight, now)
    counts = counts_by_device(connection, sight, today, now + MINUTE)
    return {
        name: _of_site(
            devices, [counts[each] for each in devices if each in counts], minutes.get(name, {}), now
        )
        for name, devices in gates.items()
    }


def last_accesses(connection: sa.Connection, devices: Iterable[str]) -> dict[str, int]:
    """When somebody was last at each gate, by its clock."""
    newest = (
        sa.select(sa.func.max(access.c.at))
        .where(access.c.device == device.c.id)
        .correlate(device)
        .scalar_subquery()
    )
    rows = connection.execute(sa.select(device.c.id, newest).where(device.c.id.in_([*devices])))
    return {name: at for name, at in rows if at is not None}


# --- inside --------------------------------------------------------------------------------


def _of_devices(sight: Sight, span: int, since: int, until: int) -> sa.Select[tuple[object, ...]]:
    """The counts of `span` of the devices in sight, found by device, chain and time."""
    step = span * SECOND
    return (
        sa.select(access_count)
        # From the chains to their counts: the other way round, all counts would be read.
        .join(chain, access_count.c.chain == chain.c.number + 0)
        .join(device, device.c.id == chain.c.device)
        .where(
            sight.of(device.c.site),
            access_count.c.span == span,
            access_count.c.begin >= since - since % step,
            access_count.c.begin < until,
        )
    )


def _gates(connection: sa.Connection, sight: Sight) -> dict[str, dict[str, int | None]]:
    """Of each site in sight its devices in service, with when each was last heard."""
    found: dict[str, dict[str, int | None]] = {}
    query = sa.select(site.c.id, device.c.id, device.c.last_seen).outerjoin(
        device, (device.c.site == site.c.id) & in_service
    )
    for name, of_site, seen in connection.execute(query.where(sight.of(site.c.id))):
        gates = found.setdefault(name, {})
        if of_site is not None:
            gates[of_site] = seen
    return found


def _minutes(connection: sa.Connection, sight: Sight, now: int) -> Mapping[str, Mapping[int, int]]:
    """The accesses of the last minutes: by site and by the minute's begin."""
    end = now - now % MINUTE
    query = (
        sa.select(site.c.id, (access.c.at - access.c.at % MINUTE).label("minute"), sa.func.count())
        .select_from(site.join(access, access.c.site == site.c.id))
        .where(sight.of(site.c.id), access.c.at >= end - COURSE * MINUTE, access.c.at < end)
        .group_by(site.c.id, sa.text("minute"))
    )
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for name, begin, times in connection.execute(query):
        found[name][int(begin)] = int(times)
    return found


def _of_site(
    devices: Mapping[str, int | None], counts: Iterable[GateAccesses], minutes: Mapping[int, int], now: int
) -> PlaceFigures:
    each = [*counts]
    heard = max((seen for seen in devices.values() if seen is not None), default=0)
    end = now - now % MINUTE
    course = tuple(
        minutes.get(begin, 0 if heard >= begin else None)
        for begin in range(end - COURSE * MINUTE, end, MINUTE)
    )
    figures = PlaceFigures(
        gates=len(devices),
        course=course,
        late=sum(one.late for one in each),
        corrected_at=max((one.corrected_at for one in each if one.corrected_at is not None), default=None),
    )
    sums = {what: sum(one.of.get(what, 0) for one in each) for what in AccessFigure}
    return replace(
        figures,
        granted=sums[AccessFigure.GRANTED],
        denied=sums[AccessFigure.DENIED],
        referred=sums[AccessFigure.REFERRED],
        overrides=sums[AccessFigure.OVERRIDE],
    )
