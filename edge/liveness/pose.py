"""Where a head looks, from five landmarks, in numbers that a flat picture can hardly change by being turned.

The nose stands out of the face. When a head turns, the nose moves between the eyes; when a photograph of a
head turns, eyes and nose move together, for they lie in one plane. Up and down are not measured: the five
landmarks tell them no better than noise does (docs/decisions/0041 has the figures).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, isfinite

from edge.decision import Move

Landmarks = tuple[tuple[float, float], ...]
"""Right eye, left eye, nose, right and left corner of the mouth, as (x, y) in pixels."""

_TURNED = 0.12


@dataclass(frozen=True)
class HeadPose:
    """A head in one frame; the camera's picture is not mirrored.

    `turn` is how far the nose stands from the middle between the eyes, towards the person's left, in
    distances between the eyes: about 0.44 times the tangent of the angle.
    """

    turn: float

    def moved(self, move: Move, neutral: HeadPose) -> float:
        """How far the head has gone the way of `move` since `neutral`; negative: the other way."""
        gone = self.turn - neutral.turn
        return gone if move is Move.TURN_LEFT else -gone

    def turned_from(self, other: HeadPose) -> bool:
        """Whether this is another view of the head, a good part of an asked turn away."""
        return abs(self.turn - other.turn) >= _TURNED


def pose_of(landmarks: Landmarks) -> HeadPose | None:
    """The pose that five landmarks show; None where they make no face."""
    if len(landmarks) != 5 or not all(isfinite(value) for point in landmarks for value in point):
        return None
    (right_x, right_y), (left_x, left_y), (nose_x, nose_y), *mouth = landmarks
    eyes = hypot(left_x - right_x, left_y - right_y)
    if not 1.0 <= eyes < 1e6:
        return None
    # Along the line of the eyes and across it, so that a head held aslant measures the same.
    along_x, along_y = (left_x - right_x) / eyes, (left_y - right_y) / eyes
    middle_x, middle_y = (right_x + left_x) / 2.0, (right_y + left_y) / 2.0
    mouth_x = (mouth[0][0] + mouth[1][0]) / 2.0 - middle_x
    mouth_y = (mouth[0][1] + mouth[1][1]) / 2.0 - middle_y
    height = mouth_y * along_x - mouth_x * along_y
    if height < 0.3 * eyes:
        return None
    nose_along = (nose_x - middle_x) * along_x + (nose_y - middle_y) * along_y
    return HeadPose(nose_along / eyes)
