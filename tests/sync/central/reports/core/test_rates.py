"""Rates with their limits: where the truth lies in 95 of a hundred cases, for rare things too."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.reports.core.rates import Rate, wilson


@pytest.mark.parametrize(
    ("times", "of", "low", "high"),
    [
        # Newcombe, Stat. Med. 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_limits_are_those_of_the_literature(times: int, of: int, low: float, high: float) -> None:
    assert wilson(times, of) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_the_share_lies_within_its_limits(times: int, of: int) -> None:
    times = min(times, of)
    low, high = wilson(times, of)
    assert 0 <= low <= times / of <= high <= 1


def test_of_nobody_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert Rate(0, 0).share == 0.0


def test_the_truth_lies_within_in_most_cases() -> None:
    """Of a rare error, drawn a thousand times: about 95 in a hundred limits hold it."""
    chance, random, held = 0.004, Random(20), 0
    for _ in range(1000):
        times = sum(random.random() < chance for _ in range(1000))
        low, high = wilson(times, 1000)
        held += low <= chance <= high
    assert 925 <= held <= 985
