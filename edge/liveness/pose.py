"""How a head is held, from five landmarks, in numbers that a flat picture can hardly change by being turned.

The nose stands out of the face. When a head turns, the nose moves between the eyes; when a photograph of a
head turns, eyes and nose move together, for they lie in one plane. Liveness asks for turns to a side:
up and down five landmarks tell little better than noise does (decision 0027 has the figures).
"""

from __future__ import annotations

from math import atan2, degrees, hypot, isfinite

import msgspec

from edge.decision import Move

Landmarks = tuple[tuple[float, float], ...]
"""Right eye, left eye, nose, right and left corner of the mouth, as (x, y) in pixels."""

_TURNED = 0.12


class HeadPose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A head in one frame; the camera's picture is not mirrored.

    `yaw` is how far the nose stands from the middle between the eyes, towards the person's left (the right of
    the picture), in distances between the eyes: about 0.44 times the tangent of the angle; 0.5 is above one
    eye. `pitch` is how far down the nose stands on the way from the eyes to the mouth, less what it is
    straight ahead; positive looks down. `roll` is the degrees by which the line of the eyes is turned,
    positive clockwise in the picture.
    """

    yaw: float
    pitch: float = 0.0
    roll: float = 0.0

    def moved(self, move: Move, neutral: HeadPose) -> float:
        """How far the head has turned the way of `move` since `neutral`; negative: the other way."""
        gone = self.yaw - neutral.yaw
        return gone if move is Move.TURN_LEFT else -gone

    def turned_from(self, other: HeadPose) -> bool:
        """Whether this is another view of the head, a good part of an asked turn away."""
        return abs(self.yaw - other.yaw) >= _TURNED


def pose_of(landmarks: Landmarks, level: float = 0.56, scatter: float = 1.0) -> HeadPose | None:
    """The pose that five landmarks show; None where they make no face.

    `level` is where on the way from the eyes to the mouth the nose of a level face stands, and `scatter` how
    much more that varies than by YuNet's landmarks, as the detector is known to place them.
    """
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
    nose_x, nose_y = nose_x - middle_x, nose_y - middle_y
    down = (nose_y * along_x - nose_x * along_y) / height
    return HeadPose(
        yaw=(nose_x * along_x + nose_y * along_y) / eyes,
        pitch=(down - level) / scatter,
        roll=degrees(atan2(along_y, along_x)),
    )
