"""What the page Flow shows: every site against its limit, and one site or zone with its course and gates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.counting.core import next_level
from edge.decision import Crowding, OccupancyRule
from edge.signing.cose import instant
from sync.central.accesses.figures import known_between
from sync.central.accesses.tables import access
from sync.central.entry_holds.holds import EntriesHold, HeldGate, gates_of_hold, open_holds
from sync.central.flow.core import Error, Forecast, Inside, Where, WhereKind
from sync.central.flow.core import site as of_site
from sync.central.flow.core import zone as of_zone
from sync.central.flow.forecasts import forecast_error, forecast_of
from sync.central.flow.limits import limits_in, policy_limits
from sync.central.flow.reading import LateEvents, People, course, inside_now, people_in, rates
from sync.central.flow.tables import flow_level
from sync.central.flow.zones import zones_in
from sync.central.places.sight import Sight
from sync.central.places.tree import place_tree
from sync.central.units import DAY, HOUR, MINUTE
from sync.central.web.flow_chart import ChartPoint, CorrectedSpan, Course, Drawing, ForecastPoint, draw
from sync.central.web.watching import midnight

STEP = 10 * MINUTE
"""The course has a value for each of these."""
BEFORE, SHOWN = 2, 8
"""Hours of the course before this one, and altogether."""
RATE_OF = 5
"""A rate is what passed in so many of the last minutes."""
DRAWN_EVERY = 5
"""Minutes between two points of a forecast."""
LISTED = 6
"""Gates that are listed each for itself; the others come to one line."""
MOST_WAITS = 20_000


@dataclass(frozen=True)
class Bar:
    """One site or zone against its limit."""

    where: Where
    name: str
    people: People | None
    warn: int | None
    stop: int | None
    level: Crowding
    held: bool

    @property
    def limit(self) -> int | None:
        return self.stop or self.warn

    @property
    def address(self) -> str:
        """The address of its page; a part of an address where it has other signs."""
        return self.where.id if self.where.kind is WhereKind.SITE else f"zones/{self.where.id}"


@dataclass(frozen=True)
class GateLine:
    """Who passes a gate: people a minute, the line of the last half hour, and how long 95 in a hundred waited
    (milliseconds; None: nobody measured). `device` is "" for `count` gates together.
    """

    device: str
    gate: str
    entered: float
    left: float
    course: tuple[int, ...]
    wait: int | None
    count: int = 1


@dataclass(frozen=True)
class HeldEntries:
    """A hold of entries, and how far each of its gates is."""

    hold: EntriesHold
    gates: Sequence[HeldGate]


@dataclass(frozen=True)
class Chosen:
    """One site or zone: its course, its gates, and who holds its entries."""

    bar: Bar
    drawing: Drawing
    hours: tuple[tuple[int, int | None, int | None], ...]
    gates: tuple[GateLine, ...]
    held: tuple[HeldEntries, ...]
    inside: Inside | None
    forecast: Forecast | None
    error: Error | None


@dataclass(frozen=True)
class FlowPicture:
    """The whole page."""

    bars: tuple[Bar, ...]
    zones: tuple[Bar, ...]
    chosen: Chosen | None
    sites: Mapping[str, Inside]
    names: Mapping[str, str]


def picture_of(
    connection: sa.Connection, sight: Sight, now: int, zone: ZoneInfo, wanted: Where | None
) -> FlowPicture | None:
    """What is to be seen in `sight`, with `wanted` (None: the fullest) chosen; None where that is not in
    sight.
    """
    known = _Known(connection, sight, now)
    bars, of_zones = known.bars(), known.of_zones()
    found = {bar.where: bar for bar in (*bars, *of_zones)}
    if wanted is not None and wanted not in found:
        return None
    bar = found[wanted] if wanted is not None else max(bars, key=_fullness, default=None)
    chosen = None if bar is None else known.chosen(bar, zone, sight)
    return FlowPicture(bars, of_zones, chosen, known.sites, known.names)


def bars_of(connection: sa.Connection, sight: Sight, now: int) -> tuple[Bar, ...]:
    """Every site and zone in sight against its limit."""
    known = _Known(connection, sight, now)
    return (*known.bars(), *known.of_zones())


def crowded_now(connection: sa.Connection, sight: Sight) -> tuple[Crowding, ...]:
    """How full each site, zone and place in sight is that is at or above a limit now."""
    full = sa.select(flow_level.c.what, flow_level.c.level).where(flow_level.c.level != Crowding.ROOM)
    crowded = {row.what: Crowding(row.level) for row in connection.execute(full)}
    if not crowded:
        return ()
    nodes = place_tree(connection, sight)
    seen = {f"{WhereKind.PLACE}:{node.number}" for node in nodes}
    seen |= {f"{WhereKind.SITE}:{node.site}" for node in nodes if node.site}
    seen |= {str(of_zone(each.number)) for each in zones_in(connection, sight)}
    return tuple(level for what, level in crowded.items() if what in seen)


# --- inside --------------------------------------------------------------------------------


class _Known:
    """What is read once for the page."""

    def __init__(self, connection: sa.Connection, sight: Sight, now: int) -> None:
        self._connection = connection
        self._now = now
        self.names = {node.site: node.name for node in place_tree(connection, sight) if node.site is not None}
        self._zones = zones_in(connection, sight)
        self.sites = inside_now(connection, sight, now)
        self._limits = limits_in(connection, sight, policy_limits(connection, sight))
        self._holds = open_holds(connection, now)
        rows = connection.execute(sa.select(flow_level.c.what, flow_level.c.level))
        self._levels = {row.what: Crowding(row.level) for row in rows}

    def bars(self) -> tuple[Bar, ...]:
        return tuple(self.bar(of_site(name), called) for name, called in self.names.items())

    def of_zones(self) -> tuple[Bar, ...]:
        return tuple(self.bar(of_zone(each.number), each.name) for each in self._zones)

    def bar(self, where: Where, name: str) -> Bar:
        rule = self._limits.rule(where, self._now)
        people = self._people(where)
        return Bar(
            where,
            name,
            people,
            None if rule is None else rule.warn,
            None if rule is None else rule.stop,
            self._level(where, rule, people),
            any(hold.what == str(where) for hold in self._holds),
        )

    def chosen(self, bar: Bar, zone: ZoneInfo, sight: Sight) -> Chosen:
        forecast = self._forecast(bar)
        drawn, hours = self._course(bar, zone, sight, forecast)
        held = tuple(
            HeldEntries(hold, gates_of_hold(self._connection, hold.number, sight))
            for hold in self._holds
            if hold.what == str(bar.where)
        )
        inside = self.sites.get(bar.where.id) if bar.where.kind is WhereKind.SITE else None
        error = None if forecast is None else forecast_error(self._connection, bar.where, self._now)
        return Chosen(bar, drawn, hours, self._gates(bar.where), held, inside, forecast, error)

    def _forecast(self, bar: Bar) -> Forecast | None:
        """When the limit will be reached; None where there is none, or it is."""
        if bar.limit is None or bar.people is None or bar.people.inside >= bar.limit:
            return None
        return forecast_of(self._connection, bar.where, bar.people.inside, bar.limit, self._now)

    def _people(self, where: Where) -> People | None:
        """Who is inside; None where nothing was ever counted."""
        if where.kind is WhereKind.SITE and where.id not in self.sites:
            return None
        return people_in(self._connection, where, self._now, self.sites)

    def _level(self, where: Where, rule: OccupancyRule | None, people: People | None) -> Crowding:
        """By the limits that hold now, from the level that was noted last."""
        if rule is None or people is None:
            return Crowding.ROOM
        return next_level(self._levels.get(str(where), Crowding.ROOM), rule, people.inside)

    def _course(
        self, bar: Bar, zone: ZoneInfo, sight: Sight, forecast: Forecast | None
    ) -> tuple[Drawing, tuple[tuple[int, int | None, int | None], ...]]:
        since = self._now - self._now % HOUR - BEFORE * HOUR
        until = since + SHOWN * HOUR
        begin = min(since, midnight(self._now, zone))
        today = course(self._connection, bar.where, begin, self._now, STEP, self._now)
        before = course(self._connection, bar.where, since - DAY, until - DAY, STEP, self._now)
        points = [
            ChartPoint(today.since + (number + 1) * STEP, people)
            for number, people in enumerate(today.inside)
            if today.since + (number + 1) * STEP <= self._now
        ]
        if bar.people is not None:
            points.append(ChartPoint(self._now, bar.people.inside))
        known = known_between(self._connection, sight)
        first = self._now if known is None else known[0]
        yesterday = [
            ChartPoint(before.since + DAY + (number + 1) * STEP, people)
            for number, people in enumerate(before.inside)
            if before.since + number * STEP >= first
        ]
        drawn = draw(
            Course(
                since,
                until,
                self._now,
                [each for each in points if each.at >= since],
                yesterday,
                _expected(forecast, self._now),
                _together(each for each in today.corrected if each.last >= since),
                bar.warn,
                bar.stop,
            ),
            _minutes_east(self._now, zone),
        )
        return drawn, _by_hours(since, until, points, yesterday)

    def _gates(self, where: Where) -> tuple[GateLine, ...]:
        waits = self._waits(where)
        lines = [
            GateLine(
                each.device,
                each.gate
                if where.kind is WhereKind.SITE
                else f"{self.names.get(each.site, each.site)} · {each.gate}",
                sum(each.entered[-RATE_OF:]) / RATE_OF,
                sum(each.left[-RATE_OF:]) / RATE_OF,
                tuple(map(sum, zip(each.entered, each.left, strict=True))),
                _p95(waits.get(each.device, [])),
            )
            for each in rates(self._connection, where, self._now)
        ]
        rest = lines[LISTED:]
        if len(rest) < 2:
            return tuple(lines)
        other = GateLine(
            "",
            "",
            sum(each.entered for each in rest),
            sum(each.left for each in rest),
            tuple(map(sum, zip(*(each.course for each in rest), strict=True))),
            _p95([wait for each in rest for wait in waits.get(each.device, [])]),
            len(rest),
        )
        return (*lines[:LISTED], other)

    def _waits(self, where: Where) -> dict[str, list[int]]:
        """How long those waited whom the gates of it decided on in the last half hour (milliseconds)."""
        names = [each.device for each in rates(self._connection, where, self._now)]
        query = (
            sa.select(access.c.device, access.c.waited)
            .where(
                access.c.device.in_(names),
                access.c.at >= self._now - HOUR // 2,
                access.c.at < self._now,
                access.c.waited.is_not(None),
            )
            .limit(MOST_WAITS)
        )
        found: dict[str, list[int]] = {}
        for name, waited in self._connection.execute(query):
            found.setdefault(name, []).append(waited)
        return found


def _expected(forecast: Forecast | None, now: int) -> tuple[ForecastPoint, ...]:
    """The forecast as it is drawn: every few minutes of it."""
    if forecast is None:
        return ()
    lines = zip(forecast.line, forecast.low, forecast.high, strict=True)
    points = [ForecastPoint(now + minute * MINUTE, *each) for minute, each in enumerate(lines, 1)]
    return tuple(points[::DRAWN_EVERY])


def _fullness(bar: Bar) -> tuple[float, int]:
    people = 0 if bar.people is None else bar.people.inside
    return (people / bar.limit if bar.limit else 0.0, people)


def _p95(waits: Sequence[int]) -> int | None:
    ordered = sorted(waits)
    return ordered[-(-len(ordered) * 95 // 100) - 1] if ordered else None


def _minutes_east(now: int, zone: ZoneInfo) -> int:
    offset = instant(now).astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds()) // 60


def _together(late: Iterable[LateEvents]) -> tuple[CorrectedSpan, ...]:
    """What gates corrected within ten minutes, as one."""
    found: dict[int, CorrectedSpan] = {}
    for each in late:
        key = each.arrived - each.arrived % STEP
        held = found.get(key, CorrectedSpan(each.first, each.last, 0, each.arrived))
        found[key] = CorrectedSpan(
            min(held.since, each.first),
            max(held.until, each.last),
            held.by + each.inside,
            max(held.at, each.arrived),
        )
    return tuple(found[key] for key in sorted(found))


def _by_hours(
    since: int, until: int, today: Sequence[ChartPoint], yesterday: Sequence[ChartPoint]
) -> tuple[tuple[int, int | None, int | None], ...]:
    """The figures in words: at each full hour of the picture, today and yesterday."""
    now_at, before_at = ({each.at: each.people for each in points} for points in (today, yesterday))
    return tuple(
        (at, _whole(now_at.get(at)), _whole(before_at.get(at))) for at in range(since, until + 1, HOUR)
    )


def _whole(people: float | None) -> int | None:
    return None if people is None else round(people)
