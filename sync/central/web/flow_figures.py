"""What the page Flow shows: every site against its limit, and one site or zone with its course and gates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.signing.cose import instant
from sync.central.accesses.completeness import Completeness
from sync.central.accesses.figures import known_between
from sync.central.accesses.tables import access
from sync.central.entry_holds.gates import is_seen, where_of
from sync.central.entry_holds.holds import EntriesHold, HeldGate, gates_of_hold
from sync.central.entry_holds.reaching import ReachingHold
from sync.central.flow.core import Error, Forecast, Inside, Where, WhereKind, is_where
from sync.central.flow.forecasts import forecast_error
from sync.central.flow.reading import LateEvents, course, owing_of, rates
from sync.central.places.sight import Sight
from sync.central.units import DAY, HOUR, MINUTE
from sync.central.web.flow_bars import Bar, FlowNow
from sync.central.web.flow_chart import ChartPoint, CorrectedSpan, Course, Drawing, ForecastPoint, draw
from sync.central.web.flow_scope import FlowScope, scope_of
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
    """A hold of entries, and how far each of its gates there is. `of`: of what it is by name, where that is a
    larger one; `may_see`: that is in sight, and can be released from here.
    """

    hold: EntriesHold
    gates: Sequence[HeldGate]
    of: str
    may_see: bool


@dataclass(frozen=True)
class Chosen:
    """One site, zone or place: its course, its gates, what they still owe, and who holds its entries."""

    bar: Bar
    drawing: Drawing
    hours: tuple[tuple[int, int | None, int | None], ...]
    gates: tuple[GateLine, ...]
    owing: Completeness
    held: tuple[HeldEntries, ...]
    inside: Inside | None
    forecast: Forecast | None
    error: Error | None


@dataclass(frozen=True)
class FlowPicture:
    """The whole page. `whole`: the place or zone that it is of; None: all in sight."""

    scope: FlowScope
    whole: Bar | None
    bars: tuple[Bar, ...]
    zones: tuple[Bar, ...]
    below: tuple[Bar, ...]
    chosen: Chosen | None
    sites: Mapping[str, Inside]
    names: Mapping[str, str]


def picture_of(
    connection: sa.Connection,
    sight: Sight,
    now: int,
    zone: ZoneInfo,
    wanted: Where | None,
    within: Where | None = None,
) -> FlowPicture | None:
    """What is to be seen of `within` (None: all in sight), with `wanted` chosen (None: a zone itself, of a
    place the fullest); None where that is not there, or out of sight.
    """
    scope = scope_of(connection, sight, within)
    if scope is None:
        return None
    known = FlowNow(connection, scope, now)
    whole, bars, zones = known.whole(), known.bars(), known.zones()
    found = {bar.where: bar for bar in (*bars, *zones, *(() if whole is None else (whole,)))}
    if wanted is not None and wanted not in found:
        return None
    bar = _fullest(bars, whole) if wanted is None else found[wanted]
    chosen = None if bar is None else _Choosing(connection, sight, known, scope, now).chosen(bar, zone)
    return FlowPicture(scope, whole, bars, zones, known.below(), chosen, known.sites, scope.sites)


# --- inside --------------------------------------------------------------------------------


def _fullest(bars: Sequence[Bar], whole: Bar | None) -> Bar | None:
    """What is chosen where nobody chose."""
    if whole is not None and (whole.where.kind is WhereKind.ZONE or not bars):
        return whole
    bounded = [whole] if whole is not None and whole.limit else []
    return max((*bars, *bounded), key=_fullness, default=None)


@dataclass(frozen=True)
class _Choosing:
    """What more is read of the one that is chosen."""

    _connection: sa.Connection
    _sight: Sight
    _known: FlowNow
    _scope: FlowScope
    _now: int

    def chosen(self, bar: Bar, zone: ZoneInfo) -> Chosen:
        forecast = self._known.forecast(bar)
        drawn, hours = self._course(bar, zone, forecast)
        held = tuple(self._held(each, bar) for each in self._known.holds_of(bar))
        inside = self._known.sites.get(bar.where.id) if bar.where.kind is WhereKind.SITE else None
        error = None if forecast is None else forecast_error(self._connection, bar.where, self._now)
        owing = owing_of(self._connection, bar.where, self._now)
        return Chosen(bar, drawn, hours, self._gates(bar.where), owing, held, inside, forecast, error)

    def _held(self, each: ReachingHold, bar: Bar) -> HeldEntries:
        gates = gates_of_hold(self._connection, each.hold.number, self._sight)
        is_site = bar.where.kind is WhereKind.SITE
        here = [gate for gate in gates if not is_site or gate.site == bar.where.id]
        what = each.hold.what
        may_see = is_where(what) and is_seen(self._connection, self._sight, where_of(what))
        return HeldEntries(each.hold, here, "" if each.hold.what == str(bar.where) else each.name, may_see)

    def _course(
        self, bar: Bar, zone: ZoneInfo, forecast: Forecast | None
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
        known = known_between(self._connection, self._sight)
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
                else f"{self._scope.sites.get(each.site, each.site)} · {each.gate}",
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
