"""Finds the face that a photograph is of: tries harder than in a camera's frame, which has a next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from edge.errors import VisionError
from edge.vision.faces.engine import DetectedFace, FaceEngine
from edge.vision.frame import Image
from edge.vision.reports import Box, prominence

_SIDES = ((480, 480), (1000, 1000))
_SMALL = 400
"""A picture whose longer side is below this is also searched enlarged."""
_MOST_ENLARGED = 3.0


def faces_in(image: Image, engine: FaceEngine) -> tuple[DetectedFace, ...]:
    """The faces of `image` (BGR) in its own pixels, the most prominent first; none after every attempt.

    Tried in turn until one finds a face: reduced, at full size, with a border (a face that fills the
    picture), enlarged. Raises VisionError where the engine refuses the picture.
    """
    try:
        found = next((faces for attempt in _attempts(image, engine) if (faces := attempt())), ())
    except (cv2.error, MemoryError) as error:
        raise VisionError(f"the engine could not process it: {str(error).splitlines()[0][:200]}") from None
    width = float(image.shape[1])
    return tuple(sorted(found, key=lambda face: prominence(face.box, width), reverse=True))


def _attempts(image: Image, engine: FaceEngine) -> Iterator[Callable[[], tuple[DetectedFace, ...]]]:
    longest = max(image.shape[:2])
    yield partial(engine.detect, image, _SIDES[0])
    if longest > max(_SIDES[0]):
        yield partial(engine.detect, image, _SIDES[1])
    yield partial(_with_border, image, engine)
    if longest < _SMALL:
        yield partial(_enlarged, image, engine, min(_MOST_ENLARGED, 2.0 * _SMALL / longest))


def _with_border(image: Image, engine: FaceEngine) -> tuple[DetectedFace, ...]:
    """As if it had been taken from farther away: detectors expect something around a face."""
    height, width = image.shape[:2]
    border = max(height, width) // 3
    around = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE)
    found = engine.detect(np.asarray(around, np.uint8), _SIDES[0])
    return tuple(_moved(face, 1.0, -border) for face in found)


def _enlarged(image: Image, engine: FaceEngine, scale: float) -> tuple[DetectedFace, ...]:
    height, width = image.shape[:2]
    size = (round(width * scale), round(height * scale))
    large = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    return tuple(_moved(face, 1.0 / scale, 0.0) for face in engine.detect(large, size))


def _moved(face: DetectedFace, scale: float, shift: float) -> DetectedFace:
    """`face` with its places scaled, then shifted."""
    box = face.box
    return replace(
        face,
        box=Box(box.left * scale + shift, box.top * scale + shift, box.width * scale, box.height * scale),
        landmarks=tuple((x * scale + shift, y * scale + shift) for x, y in face.landmarks),
    )
