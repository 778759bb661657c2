"""Whose day it is: the shapes, and that as many come as was asked for."""

from __future__ import annotations

import math
import random

import pytest

from sync.simulation.core.curves import Curve, intensity, next_passage


@pytest.mark.parametrize("curve", Curve)
def test_a_days_mean_is_one(curve: Curve) -> None:
    hours = [step / 60 for step in range(24 * 60)]
    assert sum(intensity(curve, hour) for hour in hours) / len(hours) == pytest.approx(1.0, rel=0.01)
    assert intensity(curve, 3.0) == intensity(curve, 27.0), "days follow one another"


@pytest.mark.parametrize(
    ("curve", "busy", "quiet"),
    [
        (Curve.MARKET, (11.0, 17.5), (3.0, 14.0)),
        (Curve.RESIDENTIAL, (7.5, 18.0), (3.0, 11.0)),
        (Curve.AIRPORT, (9.5, 13.5, 17.5), (10.5, 14.5, 2.0)),
    ],
)
def test_each_has_its_peaks(curve: Curve, busy: tuple[float, ...], quiet: tuple[float, ...]) -> None:
    assert min(intensity(curve, hour) for hour in busy) > 1.5
    assert max(intensity(curve, hour) for hour in quiet) < min(intensity(curve, hour) for hour in busy) / 1.3


def times_of(curve: Curve, rate: float, seconds: float, **wanted: float) -> list[float]:
    at, found = 0.0, []
    while (at := next_passage(curve, rate, at, random.random, **wanted)) < seconds:
        found.append(at)
    return found


@pytest.mark.parametrize("curve", Curve)
def test_as_many_come_in_a_day_as_the_rate_says(curve: Curve) -> None:
    times = times_of(curve, 100.0, 24 * 3600 / 60, from_hour=5.0, speed=60.0)
    assert len(times) == pytest.approx(2400, rel=0.08)
    assert times == sorted(times)


def test_more_come_at_the_peak() -> None:
    times = times_of(Curve.RESIDENTIAL, 100.0, 86_400.0, from_hour=0.0, speed=1.0)
    morning = sum(7.0 <= at / 3600 < 8.0 for at in times)
    night = sum(2.0 <= at / 3600 < 3.0 for at in times)
    assert morning > 10 * night


def test_nobody_comes_where_the_rate_is_none() -> None:
    assert next_passage(Curve.MARKET, 0.0, 0.0, random.random, from_hour=0.0, speed=1.0) == math.inf
