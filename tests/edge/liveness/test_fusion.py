"""Measures of several frames fused into one: no single frame outvotes the others."""

from __future__ import annotations

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.liveness.fusion import fused

_shares = st.lists(st.floats(0, 1), min_size=1, max_size=10)


@given(_shares)
def test_the_fused_measure_lies_among_the_measures_and_knows_no_order(measures: list[float]) -> None:
    value = fused(measures)
    assert min(0.98, *measures) - 1e-9 <= value <= max(0.02, *measures) + 1e-9
    assert value == pytest.approx(fused(measures[::-1]))


@pytest.mark.parametrize(
    ("measures", "alive"),
    [
        ([0.99, 0.99, 0.99], True),
        ([0.01, 0.99, 0.99], True),
        ([0.01, 0.01, 0.99], False),
        ([1.0, 0.0, 0.4], False),
        ([1.0, 0.4, 0.4], True),
        ([nan, 0.6, 0.6], False),
    ],
)
def test_no_single_frame_outvotes_all_others(measures: list[float], alive: bool) -> None:
    assert (fused(measures) >= 0.5) is alive


def test_nothing_measured_is_no_measure() -> None:
    with pytest.raises(ValueError, match="no measures"):
        fused([])
