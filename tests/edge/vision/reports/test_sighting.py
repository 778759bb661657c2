"""Of several faces in view, the one before the gate is the most prominent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.vision.reports import Box, prominence

WIDTH = 640.0


def at(centre: float, width: float) -> float:
    return prominence(Box(centre - width / 2, 100, width, width), WIDTH)


@pytest.mark.parametrize(
    ("why", "more", "less"),
    [
        ("the nearer of two in the middle", at(320, 100), at(320, 99)),
        ("the one in the middle of two as near", at(320, 100), at(600, 100)),
        ("the one in the middle, though a passer-by at the edge is larger", at(320, 100), at(620, 150)),
        ("the one at the edge where it is twice as near", at(640, 201), at(320, 100)),
    ],
)
def test_the_person_before_the_gate_is_the_most_prominent(why: str, more: float, less: float) -> None:
    assert more > less, why


@given(st.floats(-1000, 2000), st.floats(1, 2000))
def test_it_lies_between_half_the_width_and_the_width_and_is_the_same_on_both_sides(
    centre: float, width: float
) -> None:
    value = at(centre, width)
    assert 0.5 * width - 1e-6 <= value <= width + 1e-6
    assert value == pytest.approx(at(WIDTH - centre, width), rel=1e-6)
