"""Blurs faces in a picture so that nobody is recognised in it, by a person or a machine."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from edge.vision.frame import Image
from edge.vision.reports import Box

_CELLS = 6
"""Cells across that are left of a face: their means cannot be turned back into its features."""
_CELLS_OF_ALL = 32
"""Cells across that are left of a picture in which nobody looked for faces."""
_AROUND = 0.3
"""Of a box's size, how far beyond it is blurred: hair, ears and chin lie outside a detector's box."""


def blurred(picture: Image, boxes: Iterable[Box]) -> Image:
    """A copy of `picture` in which every box is blurred beyond recognition."""
    made = picture.copy()
    for box in boxes:
        left, top, right, bottom = _around(box, made)
        if right > left and bottom > top:
            made[top:bottom, left:right] = _coarse(made[top:bottom, left:right], _CELLS)
    return made


def blurred_whole(picture: Image) -> Image:
    """`picture` blurred everywhere: enough to aim by, too little to know anyone by."""
    return _coarse(picture, _CELLS_OF_ALL)


def _around(box: Box, picture: Image) -> tuple[int, int, int, int]:
    height, width = picture.shape[:2]
    aside, above = _AROUND * box.width, _AROUND * box.height
    return (
        max(0, int(box.left - aside)),
        max(0, int(box.top - above)),
        min(width, int(box.left + box.width + aside) + 1),
        min(height, int(box.top + box.height + above) + 1),
    )


def _coarse(part: Image, cells: int) -> Image:
    height, width = part.shape[:2]
    down = max(1, round(cells * height / width))
    few = cv2.resize(part, (min(cells, width), min(down, height)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
