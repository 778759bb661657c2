"""A code that is photographed at a slant is drawn upright from its four corners."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.vision.codes.reader import grey_of
from edge.vision.codes.straightening import Corners, straightened
from tests.edge.vision.conftest import code_image

CODE = grey_of(code_image("upright", width=400, height=400))
INK = np.argwhere(CODE < 64)
(TOP, LEFT), (BOTTOM, RIGHT) = INK.min(axis=0), INK.max(axis=0)
ITS_CORNERS = np.array([(LEFT, TOP), (RIGHT, TOP), (RIGHT, BOTTOM), (LEFT, BOTTOM)], np.float32)

SLANTS: dict[str, Corners] = {
    "as it is": ((60, 60), (260, 60), (260, 260), (60, 260)),
    "a quarter round": ((260, 60), (260, 260), (60, 260), (60, 60)),
    "from the side": ((60, 90), (220, 40), (240, 280), (70, 230)),
    "leaning": ((120, 40), (280, 110), (210, 270), (50, 200)),
    "large": ((40, 40), (560, 70), (580, 590), (30, 560)),
}


@pytest.mark.parametrize("slant", SLANTS)
def test_it_is_upright_with_a_margin_of_a_tenth(slant: str) -> None:
    corners = SLANTS[slant]
    towards = cv2.getPerspectiveTransform(ITS_CORNERS, np.array(corners, np.float32))
    seen = cv2.warpPerspective(CODE, towards, (640, 640), borderMode=cv2.BORDER_REPLICATE)
    drawings = list(straightened(np.asarray(seen, np.uint8), corners))
    assert len(drawings) == 6, "as it is, by local thresholds and sharpened, at two sizes"
    for drawing in drawings[::3]:
        side = drawing.shape[0]
        assert drawing.shape == (side, side)
        margin = side // 10
        inner = drawing[margin : side - margin, margin : side - margin]
        expected = cv2.resize(CODE[TOP : BOTTOM + 1, LEFT : RIGHT + 1], inner.shape)
        assert np.corrcoef(inner.ravel(), expected.ravel())[0, 1] > 0.9


def test_a_large_code_is_not_made_smaller_than_its_modules_bear() -> None:
    blank = np.full((640, 640), 255, np.uint8)
    small, large = SLANTS["as it is"], SLANTS["large"]
    assert {drawing.shape[0] for drawing in straightened(blank, small)} == {330, 500}
    assert {drawing.shape[0] for drawing in straightened(blank, large)} == {500, 800}
