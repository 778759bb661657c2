"""When a limit will be reached: at the present rate, bent by what the same weekday did before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import ceil, exp, sqrt
from statistics import median

WINDOW = 20
"""Minutes that the present rate is taken from."""
_SPAN = 2
"""Minutes that are taken together: in one alone there may be nobody."""
HORIZON = 120
"""Minutes ahead; what comes later nobody can tell from now."""
_FADES = 45.0
"""Minutes after which a third is left of what today differs from other days."""
_80_PERCENT = 1.2816
"""Standard deviations on each side of four in five."""
_OF_NORMAL = 1.4826
"""A standard deviation by the median of absolute deviations."""


@dataclass(frozen=True)
class Forecast:
    """In how many minutes the `limit` is `expected`, at the `earliest` and at the `latest` (four in five come
    between these; None: perhaps not within the horizon). `rate` is people a minute now. `line`, `low` and
    `high` are how many will be inside, by the minute, and the band in which four in five are.
    """

    limit: int
    rate: float
    expected: int | None
    earliest: int | None
    latest: int | None
    line: tuple[int, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]


@dataclass(frozen=True)
class Error:
    """How far `count` forecasts were off that came true: minutes at the median, and at worst one in ten. So
    many more (`missed`) came to nothing.
    """

    count: int
    median: float
    worst: float
    missed: int


def forecast(
    inside: int, nets: Sequence[int], usual: Sequence[float], limit: int, horizon: int = HORIZON
) -> Forecast:
    """What to expect of so many `inside`, who grew by `nets` in each of the last minutes. `usual` is by how
    much people grew on such days, by the minute, from the first of `nets` on; empty: nobody knows.
    """
    rate = robust_rate(nets)
    ahead = usual[len(nets) : len(nets) + horizon]
    before = median(usual[: len(nets)]) if usual else 0.0
    line, low, high = [], [], []
    people, spread = float(inside), _spread(nets, rate)
    of_rate = spread / sqrt(max(1, len(nets)))
    for minute in range(1, horizon + 1):
        if usual:
            day = ahead[minute - 1] if minute <= len(ahead) else 0.0
            people += day + (rate - before) * exp(-minute / _FADES)
        else:
            people += rate
        # Chance of the minutes, and what the rate itself may be off by, which every minute repeats.
        off = _80_PERCENT * sqrt(minute * spread**2 + (minute * of_rate) ** 2)
        line.append(max(0, round(people)))
        low.append(max(0, round(people - off)))
        high.append(max(0, round(people + off)))
    return Forecast(
        limit,
        rate,
        _first(inside, line, limit),
        _first(inside, high, limit),
        _first(inside, low, limit),
        tuple(line),
        tuple(low),
        tuple(high),
    )


def robust_rate(nets: Sequence[int]) -> float:
    """People a minute by the median of the means of all pairs of spans (Hodges and Lehmann): a coach that
    empties at the gate, or a minute that came late, does not change it, and of steady people it is hardly
    less exact than the mean. The slope of the line of those inside would keep the coach's step for good.
    """
    spans = [nets[place : place + _SPAN] for place in range(0, len(nets), _SPAN)]
    means = [sum(each) / len(each) for each in spans]
    return median(sum(pair) / 2 for pair in combinations_with_replacement(means, 2)) if means else 0.0


def error_of(forecasts: Sequence[tuple[int, int | None]]) -> Error | None:
    """How far forecasts were off: of each when the limit was expected, and when it was reached (None: it was
    not), in minutes. None where none came true.
    """
    off = sorted(abs(expected - reached) for expected, reached in forecasts if reached is not None)
    if not off:
        return None
    worst = off[min(len(off) - 1, ceil(0.9 * len(off)) - 1)]
    return Error(len(off), median(off), float(worst), len(forecasts) - len(off))


# --- inside --------------------------------------------------------------------------------


def _spread(nets: Sequence[int], rate: float) -> float:
    """By how much a minute differs from the rate, robustly; not less than people who come one by one do."""
    if not nets:
        return 1.0
    return max(_OF_NORMAL * median(abs(each - rate) for each in nets), sqrt(abs(rate)), 0.5)


def _first(inside: int, line: Sequence[int], limit: int) -> int | None:
    """After how many minutes a line reaches the limit; None: it does not."""
    if inside >= limit:
        return 0
    return next((minute for minute, people in enumerate(line, 1) if people >= limit), None)
