"""What a vision worker would say of people who are enrolled, without a worker."""

from __future__ import annotations

import numpy as np

from edge.decision import Cover, FaceProblem
from edge.enrolling.rows import yaw_of
from edge.liveness import HeadPose
from edge.vision.configuration import ENGINE_NAMES, FaceEngineName
from edge.vision.reports import EnrolmentLook

SFACE = ENGINE_NAMES[FaceEngineName.SFACE]
ANN, BOB = 1, 2


def unit_of(who: int, moment: float = 0.0) -> np.ndarray:
    """A template of `who`, a little another at each moment."""
    of_person = np.random.default_rng(who).normal(size=128)
    little = np.random.default_rng(1000 * who + round(moment * 10)).normal(size=128)
    vector = of_person + 0.3 * little
    return np.asarray(vector / np.linalg.norm(vector), "<f4")


def look(
    angle: float,
    at: float = 1.0,
    *,
    who: int = ANN,
    faces: int = 1,
    problems: tuple[FaceProblem, ...] = (),
    covered: Cover | None = None,
) -> EnrolmentLook:
    """One frame of `who`, whose head is turned by so many degrees to their left."""
    usable = faces == 1 and not problems and abs(angle) < 43.0
    template = unit_of(who, at).tobytes() if usable else b""
    pose = HeadPose(yaw_of(angle)) if faces else None
    return EnrolmentLook(at, faces, 60.0 if faces else 0.0, pose, problems, covered, SFACE, template)
