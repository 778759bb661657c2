"""How a head is held, from the five landmarks alone."""

from __future__ import annotations

from cmath import phase
from dataclasses import dataclass
from math import degrees

from edge.vision.faces.engine import DetectedFace


@dataclass(frozen=True)
class Pose:
    """`turn` (yaw): how far the nose stands from the middle between the eyes, as a share of their distance;
    0.5 is above one eye, positive to the right of the picture. `nod` (pitch): how far down the nose stands
    on the way from the eyes to the mouth, less what it is straight ahead; positive looks down. `tilt` (roll):
    degrees by which the line of the eyes is turned, positive clockwise in the picture. YuNet's landmarks
    follow a tilt only to a tenth to a half: its true size is several times what is measured.
    """

    turn: float
    nod: float
    tilt: float


def pose_of(face: DetectedFace) -> Pose:
    """Raises ValueError where the landmarks make no face (two of them in one place)."""
    right, left, nose, mouth_right, mouth_left = (complex(x, y) for x, y in face.landmarks)
    eyes = left - right
    if abs(eyes) < 1e-6:
        raise ValueError("eyes that are in one place")
    # Measured along the line of the eyes, so that a tilted head is not taken for a turned one.
    middle, along = (right + left) / 2.0, eyes / abs(eyes)
    to_nose = (nose - middle) / along
    to_mouth = ((mouth_right + mouth_left) / 2.0 - middle) / along
    if to_mouth.imag < 1e-6:
        raise ValueError("a mouth that is not below the eyes")
    down = (to_nose.imag / to_mouth.imag - face.level) / face.scatter
    return Pose(to_nose.real / abs(eyes), down, degrees(phase(along)))
