"""The face that a photograph is of: searched for in several ways, and given in the photograph's own pixels.

The engine here finds bright squares, as detectors do faces: neither small ones nor those without a border.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.errors import VisionError
from edge.vision.faces.engine import DetectedFace, Template, reduction
from edge.vision.faces.portraits import faces_in
from edge.vision.frame import Image
from edge.vision.reports import Box


class SquareEngine:
    """Finds bright squares of at least `least` pixels in its reduced copy, `border` pixels from its edge."""

    name = "squares"
    dimensions = 1
    same_person = 1.0

    def __init__(self, least: int = 20, border: int = 10, error: cv2.error | None = None) -> None:
        self._least = least
        self._border = border
        self._error = error
        self.attempts = 0

    def detect(self, image: Image, within: tuple[int, int]) -> tuple[DetectedFace, ...]:
        self.attempts += 1
        if self._error is not None:
            raise self._error
        scale = reduction(image.shape[1], image.shape[0], within)
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        count, _, stats, _ = cv2.connectedComponentsWithStats((small[:, :, 0] > 128).astype(np.uint8))
        height, width = small.shape[:2]
        found = []
        for left, top, wide, high, _ in stats[1:count].tolist():
            clear = min(left, top, width - left - wide, height - top - high)
            if min(wide, high) >= self._least and clear >= self._border:
                box = Box(left / scale, top / scale, wide / scale, high / scale)
                found.append(DetectedFace(box, ((box.left, box.top),) * 5, 1.0))
        return tuple(found)

    def embed(self, image: Image, face: DetectedFace, *, mirrored: bool = False) -> Template:
        raise NotImplementedError


def photograph(width: int, height: int, *squares: tuple[int, int, int]) -> Image:
    image = np.zeros((height, width, 3), np.uint8)
    for left, top, side in squares:
        image[top : top + side, left : left + side] = 255
    return image


@pytest.mark.parametrize(
    ("size", "square", "attempts"),
    [
        ((400, 400), (150, 150, 100), 1),  # at 480
        ((2000, 2000), (900, 900, 60), 2),  # too small at 480: at 1,000
        ((300, 300), (4, 4, 292), 2),  # fills the picture: with a border
        ((100, 100), (45, 45, 10), 3),  # tiny: enlarged
    ],
)
def test_it_is_found_in_its_own_pixels_by_the_first_attempt_that_can(
    size: tuple[int, int], square: tuple[int, int, int], attempts: int
) -> None:
    engine = SquareEngine()
    [face] = faces_in(photograph(*size, square), engine)
    left, top, side = square
    box = (face.box.left, face.box.top, face.box.width, face.box.height)
    assert box == pytest.approx((left, top, side, side), abs=size[0] / 100)
    assert face.landmarks[0] == pytest.approx((face.box.left, face.box.top)), "they move with the box"
    assert engine.attempts == attempts


def test_a_picture_without_a_face_is_searched_to_the_end() -> None:
    engine = SquareEngine()
    assert faces_in(photograph(300, 300), engine) == ()
    assert engine.attempts == 3, "reduced, with a border, enlarged"


def test_the_most_prominent_face_comes_first() -> None:
    aside, middle = (15, 100, 70), (165, 100, 60)
    first, second = faces_in(photograph(400, 300, aside, middle), SquareEngine())
    assert (first.box.left, second.box.left) == pytest.approx((165, 15), abs=2)


def test_a_picture_that_the_engine_refuses_is_named_as_that() -> None:
    with pytest.raises(VisionError, match=r"could not process it: .*too odd"):
        faces_in(photograph(300, 300), SquareEngine(error=cv2.error("(-215) too odd\nmore of it")))
