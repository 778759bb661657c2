"""Judges whether a face can be used, and if not, what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import hypot

import cv2
import numpy as np

from edge.decision import Cover, FaceProblem
from edge.liveness import HeadPose
from edge.vision.faces.alignment import SIDE, upright
from edge.vision.faces.engine import DetectedFace
from edge.vision.faces.occlusion import cover_of
from edge.vision.frame import Image


@dataclass(frozen=True)
class QualityLimits:
    """What a face has to have.

    `eyes` pixels between the eyes at least (how near the person is), `share` of the picture's height that
    the face may take at most, `margin` between its box and the sides and bottom of the picture at least, as a
    share of its width. `yaw`, `pitch` and `roll` are the pose (edge.liveness.HeadPose). `dark` and
    `bright` mean grey value of the face (0 to 255), `contrast` between its 5th and 95th percentile,
    `against_light` how much lighter the picture may be than a face that is not bright. `sharpness` is the
    variance of the Laplacian at 112×112. `covers` says that a covered face is refused here; else it is only
    reported, and the policy decides.
    """

    eyes: float = 20.0
    share: float = 0.95
    margin: float = 0.02
    yaw: float = 0.5
    pitch: float = 0.20
    roll: float = 25.0
    dark: float = 45.0
    bright: float = 215.0
    contrast: float = 30.0
    against_light: float = 75.0
    sharpness: float = 14.0
    covers: bool = False


PASSAGE = QualityLimits()
ENROLMENT = QualityLimits(
    eyes=24.0,
    margin=0.05,
    yaw=0.42,
    pitch=0.14,
    roll=12.0,
    dark=52.0,
    bright=205.0,
    contrast=45.0,
    against_light=60.0,
    sharpness=17.0,
    covers=True,
)

_NOT_BRIGHT = 100.0
"""Mean grey value above which a face is lit well enough, however light it is behind it."""


@dataclass(frozen=True)
class Quality:
    """`score` in [0, 1]; `problem` names the first limit that the face exceeds.

    `covered` is what seems to lie over the face; None where there is another problem.
    """

    score: float
    problem: FaceProblem | None
    covered: Cover | None = None


def judge(image: Image, face: DetectedFace, limits: QualityLimits) -> Quality:
    """The quality of `face` in `image` (BGR)."""
    pose = face.pose
    if pose is None:
        # Landmarks that make no face: it cannot be used.
        return Quality(0.0, FaceProblem.TOO_SMALL)
    measured = _Measurements(image, face, pose)
    problem = next((problem for problem, holds in _PROBLEMS if holds(measured, limits)), None)
    if problem is not None:
        return Quality(round(0.2 * measured.score(limits), 4), problem)
    covered = cover_of(upright(image, face))
    if covered is None:
        return Quality(measured.score(limits), None)
    return Quality(
        round(0.5 * measured.score(limits), 4), FaceProblem.COVERED if limits.covers else None, covered
    )


@dataclass(frozen=True)
class _Measurements:
    """One face with what the limits ask of it, each measured when it is first asked for."""

    image: Image
    face: DetectedFace
    pose: HeadPose

    @cached_property
    def eyes(self) -> float:
        (right_x, right_y), (left_x, left_y) = self.face.landmarks[:2]
        return hypot(left_x - right_x, left_y - right_y)

    @cached_property
    def share(self) -> float:
        return self.face.box.height / float(self.image.shape[0])

    @cached_property
    def margin(self) -> float:
        """A detector draws the box of a face that is cut along the edge, not beyond it."""
        height, width = (float(side) for side in self.image.shape[:2])
        box = self.face.box
        aside = min(box.left, width - box.left - box.width, height - box.top - box.height)
        return aside / max(1.0, box.width)

    @cached_property
    def crop(self) -> Image:
        return _crop(self.image, self.face)

    @cached_property
    def light(self) -> float:
        return float(self.crop.mean())

    @cached_property
    def contrast(self) -> float:
        low, high = np.percentile(self.crop, (5, 95))
        return float(high - low)

    @cached_property
    def against_light(self) -> float:
        """How much lighter the whole picture is than the face."""
        blue, green, red = self.image[::8, ::8].reshape(-1, 3).mean(axis=0)
        return float(0.114 * blue + 0.587 * green + 0.299 * red) - self.light

    @cached_property
    def sharpness(self) -> float:
        return float(cv2.Laplacian(self.crop, cv2.CV_32F).var())

    def score(self, limits: QualityLimits) -> float:
        size = min(1.0, self.eyes / (3.0 * limits.eyes))
        clear = min(1.0, self.sharpness / (6.0 * limits.sharpness))
        frontal = max(0.0, 1.0 - abs(self.pose.yaw) / limits.yaw)
        level = max(0.0, 1.0 - abs(self.pose.pitch) / limits.pitch)
        return round(size * (0.5 + 0.5 * clear) * (0.5 + 0.35 * frontal + 0.15 * level), 4)


_PROBLEMS: tuple[tuple[FaceProblem, Callable[[_Measurements, QualityLimits], bool]], ...] = (
    (FaceProblem.TOO_SMALL, lambda measured, limits: measured.eyes < limits.eyes),
    (FaceProblem.TOO_CLOSE, lambda measured, limits: measured.share > limits.share),
    (FaceProblem.CUT_OFF, lambda measured, limits: measured.margin < limits.margin),
    (FaceProblem.TURNED_AWAY, lambda measured, limits: abs(measured.pose.yaw) > limits.yaw),
    (FaceProblem.TURNED_AWAY, lambda measured, limits: abs(measured.pose.pitch) > limits.pitch),
    (FaceProblem.TILTED, lambda measured, limits: abs(measured.pose.roll) > limits.roll),
    (
        FaceProblem.BACKLIT,
        lambda measured, limits: (
            measured.light < _NOT_BRIGHT and measured.against_light > limits.against_light
        ),
    ),
    (FaceProblem.TOO_DARK, lambda measured, limits: measured.light < limits.dark),
    (FaceProblem.TOO_BRIGHT, lambda measured, limits: measured.light > limits.bright),
    (FaceProblem.LOW_CONTRAST, lambda measured, limits: measured.contrast < limits.contrast),
    (FaceProblem.BLURRED, lambda measured, limits: measured.sharpness < limits.sharpness),
)
"""In the order in which they are checked: what the person can change first comes first."""


def _crop(image: Image, face: DetectedFace) -> Image:
    """The face in grey at 112×112."""
    height, width = image.shape[:2]
    box = face.box
    left, top = max(0, int(box.left)), max(0, int(box.top))
    right, bottom = min(width, int(box.left + box.width)), min(height, int(box.top + box.height))
    if right - left < 2 or bottom - top < 2:
        return image[:2, :2, 0]
    grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
