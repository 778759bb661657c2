"""The picture of people inside over a day: lines, limits, a forecast, and what was corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple

from sync.central.units import HOUR

WHOLE = 1000
"""Breadth and height of the picture; it is stretched to its place."""
_STEPS = (1, 2, 5)
_MARKS = 6
_MOST_OF_BAND = 1.5
"""A band may reach so far above all else: what nobody knows makes no room for itself."""


class ChartPoint(NamedTuple):
    """So many people at a moment; None: nobody can tell."""

    at: int
    people: float | None


class ForecastPoint(NamedTuple):
    """A forecast for a moment: the middle, and the edges of its band."""

    at: int
    people: float
    low: float
    high: float


class CorrectedSpan(NamedTuple):
    """Figures from `since` to `until` were corrected by so many people, at a moment."""

    since: int
    until: int
    by: int
    at: int


@dataclass(frozen=True)
class Course:
    """What is drawn between two moments."""

    since: int
    until: int
    now: int
    today: Sequence[ChartPoint]
    yesterday: Sequence[ChartPoint] = ()
    forecast: Sequence[ForecastPoint] = ()
    corrected: Sequence[CorrectedSpan] = ()
    warn: int | None = None
    stop: int | None = None


class Mark(NamedTuple):
    """A mark of an axis: where (in percent), and what it says. A minor one is left out where there is little
    room.
    """

    place: float
    value: int
    is_minor: bool = False


class Hatch(NamedTuple):
    """A stretch of time, in percent, and the correction that it is of."""

    begin: float
    width: float
    of: CorrectedSpan


@dataclass(frozen=True)
class Drawing:
    """The picture: paths within WHOLE × WHOLE, everything else in percent of its breadth and height."""

    today: str
    yesterday: str
    middle: str
    band: str
    now: float
    now_at: int
    warn: float | None
    stop: float | None
    hours: tuple[Mark, ...]
    people: tuple[Mark, ...]
    corrected: tuple[Hatch, ...] = field(default=())


def draw(course: Course, minutes_east: int = 0) -> Drawing:
    """The picture of a course; `minutes_east`: so far is the site's clock ahead of UTC."""
    highest = ceil(_highest(course))
    step = _step_of(highest)
    top = step * max(1, -(-highest // step))
    scale = _Scale(course.since, course.until, top)
    return Drawing(
        today=scale.line(course.today),
        yesterday=scale.line(course.yesterday),
        middle=scale.line([ChartPoint(each.at, each.people) for each in course.forecast]),
        band=scale.area(course.forecast),
        now=_percent(scale.x(course.now)),
        now_at=course.now,
        warn=None if course.warn is None else _percent(scale.y(course.warn)),
        stop=None if course.stop is None else _percent(scale.y(course.stop)),
        hours=_hours(scale, minutes_east),
        people=tuple(Mark(_percent(scale.y(value)), value) for value in range(0, top + 1, step)),
        corrected=tuple(_hatch(scale, each) for each in course.corrected),
    )


# --- inside --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scale:
    since: int
    until: int
    top: float

    def x(self, at: int) -> float:
        share = (at - self.since) / max(1, self.until - self.since)
        return round(WHOLE * min(1.0, max(0.0, share)), 1)

    def y(self, people: float) -> float:
        return round(WHOLE * (1 - min(1.0, max(0.0, people / self.top))), 1)

    def line(self, points: Sequence[ChartPoint]) -> str:
        """The path through what is known, with holes where it is not."""
        drawn, pen = [], "M"
        for each in points:
            if each.people is None:
                pen = "M"
                continue
            drawn.append(f"{pen}{self.x(each.at):g} {self.y(each.people):g}")
            pen = "L"
        return "".join(drawn)

    def area(self, forecast: Sequence[ForecastPoint]) -> str:
        if not forecast:
            return ""
        edge = [(each.at, each.high) for each in forecast]
        edge += [(each.at, each.low) for each in reversed(forecast)]
        return "M" + "L".join(f"{self.x(at):g} {self.y(people):g}" for at, people in edge) + "Z"


def _highest(course: Course) -> float:
    """The most people that the picture has room for."""
    known = [each.people for each in (*course.today, *course.yesterday) if each.people is not None]
    limits = [limit * 1.1 for limit in (course.warn, course.stop) if limit is not None]
    highest = max([1.0, *known, *limits, *(each.people for each in course.forecast)])
    return min(max([highest, *(each.high for each in course.forecast)]), highest * _MOST_OF_BAND)


def _step_of(highest: float) -> int:
    """A round number of people between two marks, so that there are few."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size * _MARKS >= highest:
                return step * size
        size *= 10


def _hours(scale: _Scale, minutes_east: int) -> tuple[Mark, ...]:
    """The full hours of the site's clock: eight of them at most, every other one minor."""
    east = minutes_east * HOUR // 60
    every = next(
        step for step in (1, 2, 3, 6, 12, 24, 1 << 40) if (scale.until - scale.since) / HOUR / step <= 8
    )
    step = every * HOUR
    first = -(-(scale.since + east) // step) * step - east
    marks = range(first, scale.until + 1, step)
    return tuple(Mark(_percent(scale.x(at)), at, is_minor=place % 2 == 1) for place, at in enumerate(marks))


def _hatch(scale: _Scale, each: CorrectedSpan) -> Hatch:
    begin, end = _percent(scale.x(each.since)), _percent(scale.x(each.until))
    return Hatch(begin, max(0.5, round(end - begin, 2)), each)


def _percent(of_whole: float) -> float:
    return round(of_whole * 100 / WHOLE, 2)
