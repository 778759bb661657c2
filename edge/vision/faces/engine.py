"""The protocol of face engines, whichever library does the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edge.errors import VisionError
from edge.liveness import HeadPose, Landmarks, pose_of
from edge.vision.frame import Image
from edge.vision.reports import Box

Template = NDArray[np.float32]


@dataclass(frozen=True)
class DetectedFace:
    """A face in full-frame pixels; landmarks: right eye, left eye, nose, right and left mouth corner.

    `level` and `scatter` say how this detector places them: see edge.liveness.pose_of.
    """

    box: Box
    landmarks: Landmarks
    confidence: float
    level: float = 0.56
    scatter: float = 1.0

    @cached_property
    def pose(self) -> HeadPose | None:
        """How the head is held; None where the landmarks make no face."""
        return pose_of(self.landmarks, self.level, self.scatter)


class FaceEngine(Protocol):
    """Finds faces and turns them into templates.

    `name` is written into every template; templates of engines with other names are never compared.
    `dimensions` is the length of a template, `same_person` the cosine from which on two good pictures are
    taken for one person's.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    @property
    def same_person(self) -> float: ...

    def detect(self, image: Image, within: tuple[int, int]) -> tuple[DetectedFace, ...]:
        """The faces of `image` (BGR), detected in a copy reduced to fit `within` (width, height)."""
        ...

    def embed(self, image: Image, face: DetectedFace, *, mirrored: bool = False) -> Template:
        """The unit vector of `face`; with `mirrored`, the mean with that of its mirror image.

        Raises VisionError where the engine makes no usable vector of it.
        """
        ...


def unit(vector: ArrayLike) -> Template:
    """`vector` as a float32 unit vector; raises VisionError for one with no direction."""
    flat = np.asarray(vector, dtype=np.float32).ravel()
    length = float(np.linalg.norm(flat))
    if not np.isfinite(length) or length < 1e-6:
        raise VisionError("the engine made no usable template of this face")
    return flat / np.float32(length)


def centred(vectors: Sequence[ArrayLike], centre: Template) -> Template:
    """The template of unit `vectors` of one face: their mean, less `centre`, at unit length.

    A network's outputs do not lie around zero: what all faces have in common says nothing of whose a face is,
    and adds to every similarity. Raises VisionError where nothing is left.
    """
    return unit(np.mean([np.asarray(vector, np.float32) for vector in vectors], axis=0) - centre)


def reduction(width: int, height: int, within: tuple[int, int]) -> float:
    """By how much a picture of width×height has to shrink to fit `within`; never above 1."""
    return min(1.0, within[0] / width, within[1] / height)
