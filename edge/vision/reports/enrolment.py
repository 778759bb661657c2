"""What the worker says of the foremost face while somebody is being enrolled: values, no picture."""

from __future__ import annotations

import msgspec

from edge.decision import Cover, FaceProblem
from edge.liveness import HeadPose

MOST_PROBLEMS = 16


class EnrolmentLook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="enrolment_look"):
    """How the foremost face of one frame would do for an enrolment.

    `captured` is the sighting's. `faces` counts those that may be meant: more than one, and nobody knows who
    is. `size` is in pixels between the eyes, or between eyes and mouth, whichever is more. `problems` are all
    that keep the face from being enrolled, `covered` what surely lies over it. `template` is a little-endian
    float32 vector of unit length made by `engine` (the mean with that of the mirror image), where nothing
    keeps it.
    """

    captured: float
    faces: int
    size: float = 0.0
    pose: HeadPose | None = None
    problems: tuple[FaceProblem, ...] = ()
    covered: Cover | None = None
    engine: str = ""
    template: bytes = b""
