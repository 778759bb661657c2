"""The curves of a day: how many come when, as a factor of the day's mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType


class Curve(StrEnum):
    """Whose day it is."""

    MARKET = "market"  # a long plateau, with peaks before noon and in the evening
    RESIDENTIAL = "residential"  # out at half past seven, home at six
    AIRPORT = "airport"  # waves: a bank of flights every two hours
    STEADY = "steady"  # the same at every hour: what a broker takes


_Knots = tuple[tuple[float, float], ...]
_DAYS = MappingProxyType(
    {
        Curve.MARKET: (
            (0, 0.05), (4.5, 0.1), (6, 1.2), (9, 1.6), (11, 2.6), (12.5, 1.8), (15, 1.5), (17.5, 2.6),
            (19, 1.6), (21, 0.4), (24, 0.05),
        ),
        Curve.RESIDENTIAL: (
            (0, 0.2), (5, 0.1), (6.5, 1.0), (7.5, 4.5), (8.75, 1.5), (11, 0.8), (12, 1.2), (14, 0.7),
            (16.5, 1.2), (18, 4.0), (19.5, 1.8), (22, 0.7), (24, 0.2),
        ),
        Curve.AIRPORT: (
            (0, 0.2), (4, 0.2), (5.5, 2.6), (6.5, 0.7), (7.5, 2.4), (8.5, 0.6), (9.5, 2.2), (10.5, 0.6),
            (11.5, 2.0), (12.5, 0.6), (13.5, 2.0), (14.5, 0.6), (15.5, 2.2), (16.5, 0.7), (17.5, 2.6),
            (18.5, 0.7), (19.5, 2.2), (20.5, 0.6), (21.5, 1.6), (23, 0.3), (24, 0.2),
        ),
        Curve.STEADY: ((0, 1.0), (24, 1.0)),
    }
)  # fmt: skip
"""Hour of the day and how busy it is, straight between them. Shapes, not measurements."""


def _mean(knots: _Knots) -> float:
    pairs = pairwise(knots)
    return sum((end - begin) * (low + high) / 2 for (begin, low), (end, high) in pairs) / 24


_MEANS = MappingProxyType({curve: _mean(knots) for curve, knots in _DAYS.items()})
_HIGHEST = MappingProxyType(
    {curve: max(value for _, value in knots) / _MEANS[curve] for curve, knots in _DAYS.items()}
)


def intensity(curve: Curve, hour: float) -> float:
    """How many come at `hour` (any number; days follow one another), as a factor of the day's mean."""
    knots, at = _DAYS[curve], hour % 24
    for (begin, low), (end, high) in pairwise(knots):
        if at <= end:
            return (low + (high - low) * (at - begin) / (end - begin)) / _MEANS[curve]
    return knots[-1][1] / _MEANS[curve]


def next_passage(
    curve: Curve, rate: float, after: float, chance: Callable[[], float], *, from_hour: float, speed: float
) -> float:
    """When the next one comes to a gate, in seconds since the begin, `after` which the last one came.

    `rate` is passages an hour of the simulated day, on its mean; that day began at `from_hour` and passes
    `speed` times as fast. Each comes independently of the others (a Poisson process, by thinning).
    inf: never.
    """
    if rate <= 0.0:
        return math.inf
    most = rate * _HIGHEST[curve] * speed / 3600.0
    at = after
    while True:
        at += -math.log(1.0 - chance()) / most
        if chance() * _HIGHEST[curve] <= intensity(curve, from_hour + at * speed / 3600.0):
            return at
