"""Whether a face that was found can be used, and if not, what to ask of the person."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import cv2
import numpy as np

from edge.vision.cameras.frame import Image
from edge.vision.faces.engine import DetectedFace
from edge.vision.sighting import FaceProblem

_SIDE = 112
"""Pixels to which a face is brought before sharpness is measured: that of the embedder's input."""


@dataclass(frozen=True)
class QualityLimits:
    """What a face has to have.

    `eyes` pixels between the eyes; `dark` and `bright` mean grey value of the face (0 to 255); `sharpness`
    variance of the Laplacian at 112×112; `turn` how far the nose may stand from the middle between the
    eyes, as a share of their distance (0.5: above one eye).

    Of 2,210 photographs of Labeled Faces in the Wild the defaults refuse about one in a hundred.
    """

    eyes: float = 20.0
    dark: float = 45.0
    bright: float = 215.0
    sharpness: float = 14.0
    turn: float = 0.5


PASSAGE = QualityLimits()
ENROLMENT = QualityLimits(eyes=24.0, dark=52.0, bright=205.0, sharpness=17.0, turn=0.45)


@dataclass(frozen=True)
class Quality:
    """`score` in [0, 1]; `problem` names the first limit that the face does not keep."""

    score: float
    problem: FaceProblem | None


def judge(image: Image, face: DetectedFace, limits: QualityLimits) -> Quality:
    """The quality of `face` in `image` (BGR)."""
    (right_x, right_y), (left_x, left_y), (nose_x, _) = face.landmarks[:3]
    eyes = hypot(left_x - right_x, left_y - right_y)
    if eyes < limits.eyes:
        return Quality(0.0, FaceProblem.TOO_SMALL)
    turn = abs((nose_x - (right_x + left_x) / 2.0) / eyes)
    if turn > limits.turn:
        return Quality(0.0, FaceProblem.TURNED_AWAY)
    crop = _crop(image, face)
    light = float(crop.mean())
    if light < limits.dark:
        return Quality(0.0, FaceProblem.TOO_DARK)
    if light > limits.bright:
        return Quality(0.0, FaceProblem.TOO_BRIGHT)
    sharpness = float(cv2.Laplacian(crop, cv2.CV_32F).var())
    if sharpness < limits.sharpness:
        return Quality(0.0, FaceProblem.BLURRED)
    size = min(1.0, eyes / (3.0 * limits.eyes))
    clear = min(1.0, sharpness / (6.0 * limits.sharpness))
    frontal = 1.0 - turn / limits.turn
    return Quality(round(size * (0.5 + 0.5 * clear) * (0.5 + 0.5 * frontal), 4), None)


def _crop(image: Image, face: DetectedFace) -> Image:
    """The face in grey at 112×112."""
    height, width = image.shape[:2]
    box = face.box
    left, top = max(0, int(box.left)), max(0, int(box.top))
    right, bottom = min(width, int(box.left + box.width)), min(height, int(box.top + box.height))
    if right - left < 2 or bottom - top < 2:
        return image[:2, :2, 0]
    grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)
