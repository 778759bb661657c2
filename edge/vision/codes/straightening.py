"""A code that is seen at a slant, drawn upright, and made black and white in several ways."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Corners = tuple[tuple[float, float], ...]
"""Top left, top right, bottom right, bottom left, as the code itself is turned."""

_SIDES_OF_SMALL, _SIDES_OF_LARGE = (330, 500), (500, 800)
_LARGE = 400
"""Pixels of a side from which on a code may have so many modules that it must not be made smaller."""


def straightened(grey: Grey, corners: Corners) -> Iterator[Grey]:
    """The code between `corners`, upright and with its margin: as it is, by local thresholds, sharpened."""
    quadrilateral = np.asarray(corners, np.float32)
    side = float(np.linalg.norm(quadrilateral - np.roll(quadrilateral, 1, axis=0), axis=1).max())
    for size in _SIDES_OF_LARGE if side > _LARGE else _SIDES_OF_SMALL:
        margin = size // 10
        near, far = margin, size - margin
        target = np.asarray([[near, near], [far, near], [far, far], [near, far]], np.float32)
        upright = cv2.warpPerspective(
            grey,
            cv2.getPerspectiveTransform(quadrilateral, target),
            (size, size),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        smooth = cv2.GaussianBlur(upright, (0, 0), 2.0)
        local = cv2.adaptiveThreshold(smooth, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 61, 0)
        sharp = cv2.addWeighted(upright, 3.0, cv2.GaussianBlur(upright, (0, 0), 4.0), -2.0, 0)
        for picture in (upright, local, sharp):
            yield np.ascontiguousarray(picture, np.uint8)
