"""Turns a face upright and brings it to one size, so that each feature lies at the same pixel."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.faces.engine import DetectedFace
from edge.vision.frame import Image

SIDE = 112
REFERENCE_LANDMARKS = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
"""Where the landmarks come to lie: right eye, left eye, nose, right and left corner of the mouth.

The places that face embedders are trained on (InsightFace's reference points, which SFace uses too).
"""


def upright(image: Image, face: DetectedFace) -> Image:
    """`face` at SIDE×SIDE (BGR), its landmarks as near to the reference as rotation and scale bring them."""
    warped = cv2.warpAffine(
        image, towards_crop(face), (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped, np.uint8)


def towards_crop(face: DetectedFace) -> NDArray[np.float64]:
    """The 2×3 similarity from picture to crop that fits best in the least squares (Umeyama, 2D).

    Raises ValueError where all landmarks are in one place.
    """
    found, wanted = _complex(face.landmarks), _complex(REFERENCE_LANDMARKS)
    centre, goal = found.mean(), wanted.mean()
    spread = float((np.abs(found - centre) ** 2).sum())
    if spread < 1e-9:
        raise ValueError("all landmarks are in one place")
    rotation = (np.conj(found - centre) * (wanted - goal)).sum() / spread
    shift = goal - rotation * centre
    return np.array([[rotation.real, -rotation.imag, shift.real], [rotation.imag, rotation.real, shift.imag]])


def _complex(points: tuple[tuple[float, float], ...]) -> NDArray[np.complex128]:
    return np.array([complex(x, y) for x, y in points])
