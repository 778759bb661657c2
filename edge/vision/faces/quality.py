"""Judges whether a face can be used, and if not, what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from edge.decision import FaceProblem
from edge.liveness import HeadPose
from edge.vision.faces.engine import DetectedFace
from edge.vision.faces.light import Grey, glare_on, light_on, lit, square_of
from edge.vision.faces.occlusion import Suspicion
from edge.vision.frame import Image


@dataclass(frozen=True)
class QualityLimits:
    """What a face has to have.

    `size` pixels between the eyes or between eyes and mouth, whichever is more, at least (how near the
    person is), `share` of the picture's height that the face may take at most, `margin` between its box and
    the sides and bottom of the picture at least, as a share of its width. `yaw`, `pitch` and `roll` are the
    pose (edge.liveness.HeadPose). `dark` and `bright` are the light on the face (edge.vision.faces.light),
    `contrast` is between its 5th and 95th percentile, `sharpness` how strong edges are along the direction
    in which they are weaker: a picture that was moved has sharp edges in one. `covers` says that a covered
    face is refused here; else it is only reported, and the policy decides.
    """

    size: float = 20.0
    share: float = 0.9
    margin: float = 0.02
    yaw: float = 0.5
    pitch: float = 0.20
    roll: float = 45.0
    dark: float = 14.0
    bright: float = 215.0
    contrast: float = 30.0
    sharpness: float = 1.6
    covers: bool = False


PASSAGE = QualityLimits()
ENROLMENT = QualityLimits(
    size=24.0,
    margin=0.05,
    yaw=0.42,
    pitch=0.14,
    roll=20.0,
    dark=30.0,
    bright=205.0,
    contrast=45.0,
    sharpness=2.2,
    covers=True,
)

_AGAINST_LIGHT = 60.0
"""By how much a picture is lighter than a dark face in it where it is dark because the light is behind it."""
_ROOM = 0.35
"""Of a face's size, how far its eyes and mouth are from every edge of a picture that it is whole in."""
_BOX_A_SIZE = 2.15
"""How much wider the detector's box is than a face's size."""


@dataclass(frozen=True)
class Quality:
    """`score` in [0, 1]; `problem` names the first limit that the face exceeds.

    `covered` is what seems to lie over the face, surely or perhaps; None where there is another problem.
    """

    score: float
    problem: FaceProblem | None
    covered: Suspicion | None = None


def judge(
    image: Image, face: DetectedFace, limits: QualityLimits, covered: Suspicion | None = None
) -> Quality:
    """The quality of `face` in `image` (BGR), which seems to be `covered` so."""
    pose = face.pose
    if pose is None:
        # Landmarks that make no face: one that is seen wholly from the side, or too small to place them.
        near = face.box.width >= _BOX_A_SIZE * limits.size
        return Quality(0.0, FaceProblem.TURNED_AWAY if near else FaceProblem.TOO_SMALL)
    measured = Measurements(image, face, pose)
    score = measured.score(limits)
    problem = next((problem for problem, holds in _PROBLEMS if holds(measured, limits)), None)
    if problem is not None:
        return Quality(round(0.2 * score, 4), problem)
    if covered is None or not covered.sure:
        return Quality(score, None, covered)
    return Quality(round(0.5 * score, 4), FaceProblem.COVERED if limits.covers else None, covered)


@dataclass(frozen=True)
class Fitness:
    """All that keeps a face from being used by some limits, and its `size` (see QualityLimits)."""

    size: float
    problems: tuple[FaceProblem, ...]


def fitness_of(
    image: Image, face: DetectedFace, limits: QualityLimits, covered: Suspicion | None = None
) -> Fitness:
    """Everything that `judge` would name of `face` in `image`, one after another, not only the first."""
    pose = face.pose
    if pose is None:
        first = judge(image, face, limits).problem
        return Fitness(0.0, () if first is None else (first,))
    measured = Measurements(image, face, pose)
    found = dict.fromkeys(problem for problem, holds in _PROBLEMS if holds(measured, limits))
    if limits.covers and covered is not None and covered.sure:
        found[FaceProblem.COVERED] = None
    return Fitness(measured.size, tuple(found))


@dataclass(frozen=True)
class Measurements:
    """One face with what limits ask of it, each measured when it is first asked for."""

    image: Image
    face: DetectedFace
    pose: HeadPose

    @cached_property
    def size(self) -> float:
        """A turn brings the eyes together, a nod eyes and mouth; straight ahead both are as far apart."""
        right, left, _, *mouth = (complex(x, y) for x, y in self.face.landmarks)
        return max(abs(left - right), abs((mouth[0] + mouth[1] - right - left) / 2.0))

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
    def room(self) -> float:
        """From eyes and mouth to the nearest edge, in sizes of the face."""
        height, width = self.image.shape[:2]
        nearest = min(min(x, y, width - x, height - y) for x, y in self.face.landmarks)
        return float(nearest / max(1.0, self.size))

    @cached_property
    def square(self) -> Grey:
        return square_of(self.image, self.face.box)

    @cached_property
    def light(self) -> float:
        return light_on(self.square)

    @cached_property
    def glare(self) -> float:
        return glare_on(self.square)

    @cached_property
    def lit(self) -> Grey:
        """The face as it is looked at: with the light that it lacks."""
        return lit(self.square, self.light)

    @cached_property
    def contrast(self) -> float:
        low, high = np.percentile(self.lit, (5, 95))
        return float(high - low)

    @cached_property
    def against_light(self) -> float:
        """How much lighter the whole picture is than the face."""
        blue, green, red = self.image[::8, ::8].reshape(-1, 3).mean(axis=0)
        return float(0.114 * blue + 0.587 * green + 0.299 * red) - self.light

    @cached_property
    def sharpness(self) -> float:
        grey = self.lit.astype(np.float32)
        return float(min(np.diff(grey, 2, axis=0).var(), np.diff(grey, 2, axis=1).var()))

    def score(self, limits: QualityLimits) -> float:
        size = min(1.0, self.size / (3.0 * limits.size))
        clear = min(1.0, self.sharpness / (6.0 * limits.sharpness))
        frontal = max(0.0, 1.0 - abs(self.pose.yaw) / limits.yaw)
        level = max(0.0, 1.0 - abs(self.pose.pitch) / limits.pitch)
        return round(size * (0.5 + 0.5 * clear) * (0.5 + 0.35 * frontal + 0.15 * level), 4)


def _is_backlit(measured: Measurements, limits: QualityLimits) -> bool:
    """A face before something light is not backlit by that: only where it is too dark itself."""
    return measured.light < limits.dark and measured.against_light > _AGAINST_LIGHT


_PROBLEMS: tuple[tuple[FaceProblem, Callable[[Measurements, QualityLimits], bool]], ...] = (
    (FaceProblem.TOO_SMALL, lambda measured, limits: measured.size < limits.size),
    (FaceProblem.TOO_CLOSE, lambda measured, limits: measured.share > limits.share),
    (FaceProblem.CUT_OFF, lambda measured, limits: measured.margin < limits.margin or measured.room < _ROOM),
    (FaceProblem.BACKLIT, _is_backlit),
    (FaceProblem.TOO_DARK, lambda measured, limits: measured.light < limits.dark),
    (FaceProblem.TURNED_AWAY, lambda measured, limits: abs(measured.pose.yaw) > limits.yaw),
    (FaceProblem.TURNED_AWAY, lambda measured, limits: abs(measured.pose.pitch) > limits.pitch),
    (FaceProblem.TILTED, lambda measured, limits: abs(measured.pose.roll) > limits.roll),
    (FaceProblem.TOO_BRIGHT, lambda measured, limits: measured.glare > limits.bright),
    (FaceProblem.LOW_CONTRAST, lambda measured, limits: measured.contrast < limits.contrast),
    (FaceProblem.BLURRED, lambda measured, limits: measured.sharpness < limits.sharpness),
)
"""In the order in which they are checked: what the person can change first comes first, and the dark before
the pose, since landmarks are wrong in the dark.
"""
