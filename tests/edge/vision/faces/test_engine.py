"""Templates are unit vectors: what they are made of, and of what none can be made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge.errors import VisionError
from edge.vision.faces.engine import centred, reduction, unit

_vectors = arrays.arrays(np.float32, 8, elements=st.floats(-100, 100, width=32))


@given(_vectors)
def test_a_vector_keeps_its_direction_and_gets_length_one(vector: np.ndarray) -> None:
    length = float(np.linalg.norm(vector))
    if length < 1e-3:
        return
    made = unit(vector)
    assert made.dtype == np.float32
    assert float(np.linalg.norm(made)) == pytest.approx(1.0, abs=1e-5)
    assert float(made @ vector) == pytest.approx(length, rel=1e-4)


@pytest.mark.parametrize("value", [0.0, 1e-9, float("nan"), float("inf")])
def test_a_vector_without_direction_makes_no_template(value: float) -> None:
    with pytest.raises(VisionError, match="no usable template"):
        unit([value] * 4)


def test_a_row_becomes_a_flat_vector() -> None:
    assert unit([[3.0, 4.0]]).tolist() == pytest.approx([0.6, 0.8])


def test_what_all_faces_have_in_common_is_taken_away() -> None:
    centre = np.array([0.5, 0.0], np.float32)
    both = centred([(1.0, 0.0), (0.0, 1.0)], centre)  # the mean is (0.5, 0.5)
    assert both.tolist() == pytest.approx([0.0, 1.0])
    with pytest.raises(VisionError, match="no usable template"):
        centred([(0.5, 0.0)], centre)


@pytest.mark.parametrize(
    ("size", "within", "scale"),
    [
        ((640, 480), (320, 240), 0.5),
        ((640, 480), (320, 480), 0.5),
        ((640, 480), (640, 120), 0.25),
        ((320, 240), (640, 480), 1.0),
    ],
)
def test_a_picture_shrinks_to_fit_both_sides_and_never_grows(
    size: tuple[int, int], within: tuple[int, int], scale: float
) -> None:
    assert reduction(*size, within) == scale
