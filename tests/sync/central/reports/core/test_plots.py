"""Where the marks of plots lie: within the picture, to scale, and broken where nothing is known."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from sync.central.reports.core.plots import (
    HEIGHT,
    MOST_BARS,
    WIDTH,
    days_plot,
    reasons_plot,
    waits_plot,
    whiskers_plot,
)
from sync.central.reports.core.rates import Rate
from sync.central.reports.core.report import DayFigures, ErrorRate, ReasonFigures, Waited


def day(number: int, checks: int, p99: int | None = None, *, lower: bool = False) -> DayFigures:
    waited = Waited(0) if p99 is None else Waited(9, p99 // 3, p99 // 2, p99)
    return DayFigures(
        f"2026-{number // 28 + 1:02}-{number % 28 + 1:02}", checks, 0, 0, 0, 0, 0, waited, lower
    )


@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=400))
def test_bars_lie_in_the_picture_and_are_to_scale(checks: list[int]) -> None:
    plot = days_plot([day(number, each) for number, each in enumerate(checks)])
    top = max(checks)
    for bar, each in zip(plot.bars, checks, strict=True):
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH + 0.2
        if top:
            assert abs(bar.height - max(x.height for x in plot.bars) * each / top) <= 0.2
    assert len(plot.labels) <= 8


def test_a_day_that_is_lower_than_the_truth_is_marked() -> None:
    plot = days_plot([day(0, 10), day(1, 7, lower=True)])
    assert [bar.lower for bar in plot.bars] == [False, True]


def test_a_line_is_broken_where_nobody_measured() -> None:
    plot = waits_plot([day(0, 1, 900), day(1, 1), day(2, 1, 1200), day(3, 1, 1000)])
    assert plot is not None
    assert re.findall("[ML]", plot.lines[0].path) == ["M", "M", "L"]
    assert plot.promise < plot.base, "the promise lies on the axis"
    assert waits_plot([day(0, 1)]) is None


def test_the_rarer_reasons_are_one_bar() -> None:
    reasons = [ReasonFigures(f"r{number}", 100 - number, 0) for number in range(MOST_BARS + 3)]
    bars = reasons_plot([*reasons, ReasonFigures("only_referred", 0, 5)])
    assert (len(bars), bars[-1].others) == (MOST_BARS + 1, 3)
    assert sum(bar.denied for bar in bars) == sum(each.denied for each in reasons)


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(1000, 10**6)), min_size=1, max_size=24))
def test_whiskers_go_from_limit_to_limit(rates: list[tuple[int, int]]) -> None:
    plot = whiskers_plot([ErrorRate(str(n), Rate(min(each), each[1])) for n, each in enumerate(rates)])
    for whisker in plot.whiskers:
        assert 0 <= whisker.low <= whisker.at <= whisker.high <= WIDTH
        assert whisker.y < plot.height
