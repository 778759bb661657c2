"""Where the marks of a report's plots lie: numbers for a template, in ink, beside tables of the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log10

from sync.central.reports.core.report import PROMISED_P99, DayFigures, ErrorRate, ReasonFigures

WIDTH, HEIGHT = 560.0, 190.0
LEFT, TOP, BOTTOM = 44.0, 22.0, 24.0
"""Room for the figures beside the axis, above what is highest, and for the days below."""
MOST_BARS = 7
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LABELS = 7
_ROW = 24.0
_NAMES = 190.0
_BETWEEN = 13.0


@dataclass(frozen=True)
class AxisTick:
    """A line of the grid at `at`, and what it is called."""

    at: float
    label: str


@dataclass(frozen=True)
class DayBar:
    """A day's bar; `lower`: it is lower than the truth."""

    x: float
    y: float
    width: float
    height: float
    lower: bool
    day: str


@dataclass(frozen=True)
class DaysPlot:
    """Checks by day."""

    bars: tuple[DayBar, ...]
    grid: tuple[AxisTick, ...]
    labels: tuple[AxisTick, ...]
    base: float


@dataclass(frozen=True)
class Line:
    """A line through the days, as the path of an SVG: broken where nobody measured. It ends at `end`, and
    its name stands at `label`, apart from the others'.
    """

    name: str
    path: str
    end: float | None
    label: float


@dataclass(frozen=True)
class WaitsPlot:
    """Waiting times by day, and where the promise lies."""

    lines: tuple[Line, ...]
    grid: tuple[AxisTick, ...]
    labels: tuple[AxisTick, ...]
    promise: float
    base: float


@dataclass(frozen=True)
class ReasonBar:
    """How often a reason denied; `reason` "" stands for `others` more."""

    reason: str
    denied: int
    width: float
    y: float
    others: int = 0


@dataclass(frozen=True)
class Whisker:
    """A share with its limits."""

    name: str
    low: float
    at: float
    high: float
    y: float
    of: int


@dataclass(frozen=True)
class WhiskersPlot:
    """Shares with their limits, on one axis."""

    whiskers: tuple[Whisker, ...]
    grid: tuple[AxisTick, ...]
    height: float


def days_plot(days: Sequence[DayFigures]) -> DaysPlot:
    """The bars of these days."""
    return bars_plot([(day.day, day.checks, day.lower) for day in days])


def bars_plot(values: Sequence[tuple[str, int, bool]]) -> DaysPlot:
    """The bars of values by name, in order; the third says that it is lower than the truth."""
    top, step = _axis(max((value for _, value, _ in values), default=0))
    base, slot = HEIGHT - BOTTOM, (WIDTH - LEFT) / max(1, len(values))

    def bar(number: int, name: str, value: int, lower: bool) -> DayBar:
        height = (base - TOP) * value / top
        return DayBar(
            _r(LEFT + slot * (number + 0.12)), _r(base - height), _r(slot * 0.76), _r(height), lower, name
        )

    return DaysPlot(
        tuple(bar(number, *each) for number, each in enumerate(values)),
        tuple(AxisTick(_r(base - (base - TOP) * value / top), _short(value)) for value in _values(top, step)),
        _day_labels([name for name, _, _ in values], slot),
        base,
    )


def waits_plot(days: Sequence[DayFigures]) -> WaitsPlot | None:
    """The lines of p50, p95 and p99; None where nobody measured."""
    if not any(day.waited.people for day in days):
        return None
    courses = [
        ("p99", [day.waited.nearly_all for day in days]),
        ("p95", [day.waited.most for day in days]),
        ("p50", [day.waited.half for day in days]),
    ]
    highest = max(value for _, course in courses for value in course if value is not None)
    top, step = _axis(max(PROMISED_P99, highest) / 1000)
    right = WIDTH - 70
    base, slot = HEIGHT - BOTTOM, (right - LEFT) / max(1, len(days))

    def height(seconds: float) -> float:
        return _r(base - (base - TOP) * seconds / top)

    def line(name: str, course: Sequence[int | None]) -> Line:
        path, pen, end = "", "M", None
        for number, value in enumerate(course):
            if value is None:
                pen = "M"
                continue
            end = height(value / 1000)
            path += f"{pen}{_r(LEFT + slot * (number + 0.5))} {end}"
            pen = "L"
        return Line(name, path, end, end or 0.0)

    return WaitsPlot(
        _apart([line(*each) for each in courses]),
        tuple(AxisTick(height(value), f"{value:g} s") for value in _values(top, step)),
        _day_labels([day.day for day in days], slot),
        height(PROMISED_P99 / 1000),
        base,
    )


def reasons_plot(reasons: Sequence[ReasonFigures]) -> tuple[ReasonBar, ...]:
    """The reasons that denied most, and the others as one bar."""
    denied = [each for each in reasons if each.denied]
    shown, rest = denied[:MOST_BARS], denied[MOST_BARS:]
    others = sum(each.denied for each in rest)
    most = max([others, *(each.denied for each in shown)], default=0) or 1
    room = WIDTH - _NAMES - 90
    bars = [
        ReasonBar(each.reason, each.denied, _r(room * each.denied / most), _r(_ROW * number))
        for number, each in enumerate(shown)
    ]
    if rest:
        bars.append(ReasonBar("", others, _r(room * others / most), _r(_ROW * len(shown)), len(rest)))
    return tuple(bars)


def whiskers_plot(rates: Sequence[ErrorRate]) -> WhiskersPlot:
    """Each rate with its limits."""
    top, step = _axis(max((each.rate.limits[1] for each in rates), default=0.01) * 100)
    room = WIDTH - _NAMES - 90

    def at(share: float) -> float:
        return _r(_NAMES + room * share * 100 / top)

    whiskers = tuple(
        Whisker(
            each.name, at(each.rate.limits[0]), at(each.rate.share), at(each.rate.limits[1]),
            _r(_ROW * (number + 0.5)), each.rate.of,
        )
        for number, each in enumerate(rates)
    )  # fmt: skip
    grid = tuple(AxisTick(at(value / 100), f"{value:g} %") for value in _values(top, step))
    return WhiskersPlot(whiskers, grid, _ROW * len(rates) + BOTTOM)


# --- inside --------------------------------------------------------------------------------


def _axis(highest: float) -> tuple[float, float]:
    """The end of an axis that `highest` fits on, and the step of its grid."""
    if highest <= 0:
        return 1.0, 1.0
    rough = highest / 4
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in _STEPS if factor * power >= rough - 1e-12)
    return step * ceil(highest / step - 1e-9), step


def _values(top: float, step: float) -> list[float]:
    return [round(step * number, 9) for number in range(round(top / step) + 1)]


def _apart(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines, the highest first, each with its name below the one before."""
    placed: list[Line] = []
    for line in lines:
        least = placed[-1].label + _BETWEEN if placed else 0.0
        placed.append(replace(line, label=_r(max(line.label, least))))
    return tuple(placed)


def _day_labels(days: Sequence[str], slot: float) -> tuple[AxisTick, ...]:
    every = max(1, ceil(len(days) / _LABELS))
    return tuple(
        AxisTick(_r(LEFT + slot * (number + 0.5)), day)
        for number, day in enumerate(days)
        if number % every == 0
    )


def _short(value: float) -> str:
    return f"{value / 1000:g}k" if value >= 10_000 else f"{value:g}"


def _r(value: float) -> float:
    return round(value, 1)
