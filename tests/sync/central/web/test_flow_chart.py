"""The picture of a day's people inside: nothing leaves it, holes stay holes, marks are round numbers."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.units import HOUR, MINUTE
from sync.central.web.flow_chart import WHOLE, ChartPoint, CorrectedSpan, Course, ForecastPoint, draw

SIX = 1_772_488_800_000_000
"""06:00 in Shanghai, eight hours east."""
EAST = 8 * 60
UNTIL = SIX + 8 * HOUR
NOW = SIX + 2 * HOUR
POINTS = tuple(ChartPoint(SIX + number * HOUR, 1000.0 * number) for number in range(3))


def numbers(path: str) -> list[float]:
    return [float(each) for each in re.findall(r"-?[0-9.]+", path)]


def test_a_morning_with_limits_and_a_forecast() -> None:
    forecast = [ForecastPoint(NOW, 2000, 2000, 2000), ForecastPoint(NOW + HOUR, 2600, 2200, 3100)]
    corrected = [CorrectedSpan(SIX + HOUR, SIX + HOUR + 20 * MINUTE, 63, NOW - 10 * MINUTE)]
    made = draw(Course(SIX, UNTIL, NOW, POINTS, (), forecast, corrected, warn=4500, stop=5000), EAST)
    assert [mark.value for mark in made.people] == [0, 1000, 2000, 3000, 4000, 5000, 6000]
    assert made.today == "M0 1000L125 833.3L250 666.7"
    assert (made.warn, made.stop, made.now) == (25.0, 16.67, 25.0)
    assert made.band == "M250 666.7L375 483.3L375 633.3L250 666.7Z"
    assert [mark.value for mark in made.hours] == [SIX + number * HOUR for number in range(9)]
    assert [mark.is_minor for mark in made.hours[:3]] == [False, True, False]
    [hatch] = made.corrected
    assert (hatch.begin, hatch.width, hatch.of.by) == (12.5, 4.17, 63)


def test_what_nobody_can_tell_is_a_hole_and_never_zero() -> None:
    points = [
        ChartPoint(SIX, 10),
        ChartPoint(SIX + HOUR, None),
        ChartPoint(SIX + 2 * HOUR, 20),
        ChartPoint(SIX + 3 * HOUR, 20),
    ]
    made = draw(Course(SIX, UNTIL, NOW, points))
    assert made.today.count("M") == 2
    assert draw(Course(SIX, UNTIL, NOW, [ChartPoint(SIX, None)])).today == ""
    assert draw(Course(SIX, UNTIL, NOW, [])).band == ""


@pytest.mark.parametrize(("east", "first"), [(0, 0), (8 * 60, 0), (5 * 60 + 45, 15), (-3 * 60 - 30, 30)])
def test_hours_are_those_of_the_sites_clock(east: int, first: int) -> None:
    made = draw(Course(SIX, UNTIL, NOW, ()), east)
    assert (made.hours[0].value - SIX) // MINUTE == first


def test_an_uncertain_band_makes_no_room_for_itself() -> None:
    forecast = [ForecastPoint(NOW + HOUR, 2100, 0, 10_000_000)]
    made = draw(Course(SIX, UNTIL, NOW, POINTS, forecast=forecast))
    assert made.people[-1].value <= 4000


_PEOPLE = st.none() | st.floats(-50, 2_000_000, allow_nan=False)


@given(st.lists(_PEOPLE, max_size=30), st.none() | st.integers(1, 1_000_000), st.integers(1, 40))
def test_nothing_is_drawn_outside_and_few_round_marks_are(
    people: list[float | None], stop: int | None, hours: int
) -> None:
    points = [ChartPoint(SIX + number * HOUR, each) for number, each in enumerate(people)]
    made = draw(Course(SIX, SIX + hours * HOUR, NOW, points, stop=stop))
    assert all(0 <= each <= WHOLE for each in numbers(made.today))
    assert 2 <= len(made.people) <= 8
    assert len(made.hours) <= 9
    values = [mark.value for mark in made.people]
    assert values[0] == 0
    assert len({later - before for before, later in pairwise(values)}) == 1
    assert values[-1] >= max([0, *(each for each in people if each is not None), stop or 0])
