"""The light on a face, and its picture as if there had been enough of it.

A camera exposes for the scene; a face in it may be several stops darker. SFace bears that better than a grey
value suggests, and bears it a little better still when the light is given back before it looks: in linear
light, as a longer exposure would (a gamma lifts the noise instead, and costs more than it gives). What that
does to both errors, and to the liveness of living people and of pictures: docs/faces.md, "Dark faces".
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.faces.alignment import SIDE
from edge.vision.faces.engine import DetectedFace
from edge.vision.frame import Image
from edge.vision.reports import Box

Grey = NDArray[np.uint8]

_EYES, _MOUTH = (slice(22, 52), slice(24, 88)), (slice(62, 100), slice(24, 88))
"""Of the square of a face the parts about the eyes and the mouth: skin, whatever hair there is around."""
_LIT = 70.0
"""The light from which on a picture is left as it is: 99 of 100 press photographs have more."""
_GOAL = 110.0
_MOST = 32.0
"""Five stops: with less light than that, giving it back does more harm than good."""
_MEASURED = 28.0
"""Four stops: with less light than that, giving it back hides screens from the nets that measure liveness."""

_GREYS = np.arange(256) / 255.0
_LINEAR = np.where(_GREYS <= 0.04045, _GREYS / 12.92, ((_GREYS + 0.055) / 1.055) ** 2.4)


def square_of(image: Image, box: Box) -> Grey:
    """The face in `box`, in grey at SIDE×SIDE."""
    height, width = image.shape[:2]
    left, top = max(0, int(box.left)), max(0, int(box.top))
    right, bottom = min(width, int(box.left + box.width)), min(height, int(box.top + box.height))
    if right - left < 2 or bottom - top < 2:
        return np.zeros((SIDE, SIDE), np.uint8)
    grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def light_on(square: Grey) -> float:
    """How light the skin in a face's square is, 0 to 255: the median of the lighter half of the face.

    So neither a beard nor a black mask nor sunglasses make it dark.
    """
    return max(float(np.median(square[part])) for part in (_EYES, _MOUTH))


def glare_on(square: Grey) -> float:
    """How light the darker half of the face is: no white mask dazzles, what dazzles lies on all of it."""
    return min(float(np.median(square[part])) for part in (_EYES, _MOUTH))


def lit(picture: NDArray[np.uint8], light: float) -> NDArray[np.uint8]:
    """`picture` of a face with so much `light` on it, given what it lacks; the same where it lacks none."""
    if light >= _LIT:
        return picture
    more = min(_MOST, _linear(_GOAL) / _linear(max(1.0, light)))
    return np.asarray(cv2.LUT(picture, _encoded(_LINEAR * more)), np.uint8)


def lit_for(image: Image, face: DetectedFace) -> Image:
    """`image` with as much light as `face` lacks."""
    return lit(image, light_on(square_of(image, face.box)))


def lit_to_measure(image: Image, face: DetectedFace) -> Image:
    """`image` with as much light as `face` lacks, for the nets of liveness; as it is where it is dark."""
    light = light_on(square_of(image, face.box))
    return image if light < _MEASURED else lit(image, light)


def _linear(grey: float) -> float:
    return float(np.interp(grey, np.arange(256), _LINEAR))


def _encoded(light: NDArray[np.float64]) -> NDArray[np.uint8]:
    held = np.minimum(light, 1.0)
    grey = np.where(held <= 0.0031308, 12.92 * held, 1.055 * held ** (1 / 2.4) - 0.055)
    return np.round(255.0 * grey).astype(np.uint8)
