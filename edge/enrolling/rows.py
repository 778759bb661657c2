"""Six things that a picture for an enrolment needs, each by itself, and the one thing to ask for next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import atan, degrees, radians, tan

from edge.decision import FaceProblem
from edge.liveness import HeadPose
from edge.vision.reports import EnrolmentLook


class Pose(StrEnum):
    """How the head is held in each of the pictures, in the order in which they are taken."""

    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"


POSES = tuple(Pose)


class Row(StrEnum):
    """What is asked of a picture."""

    SIZE = "size"
    LIGHT = "light"
    SHARPNESS = "sharpness"
    DIRECTION = "direction"
    UNCOVERED = "uncovered"
    ONE_PERSON = "one_person"


class Ask(StrEnum):
    """What a picture lacks besides what is wrong with the face itself."""

    NOBODY = "nobody"
    SEVERAL = "several"
    SOMEBODY_ELSE = "somebody_else"
    LOOK_HERE = "look_here"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    MORE_LEFT = "more_left"
    MORE_RIGHT = "more_right"


Lack = FaceProblem | Ask
"""What one row lacks."""

TURNED = 15.0
"""Degrees to a side from the straight picture that a turned one has at least."""
_STRAIGHT = 24.0
"""Degrees up to which a head counts as straight: landmarks tell it no better, and few hold it straighter."""
_BEGUN = 4.0
"""Degrees from which on somebody has begun to turn: then a little more is what is asked."""
_YAW_A_TANGENT = 0.44
"""What edge.liveness.HeadPose says of its yaw."""

_ROW_OF = {
    FaceProblem.TOO_SMALL: Row.SIZE,
    FaceProblem.TOO_CLOSE: Row.SIZE,
    FaceProblem.CUT_OFF: Row.SIZE,
    FaceProblem.BACKLIT: Row.LIGHT,
    FaceProblem.TOO_DARK: Row.LIGHT,
    FaceProblem.TOO_BRIGHT: Row.LIGHT,
    FaceProblem.LOW_CONTRAST: Row.LIGHT,
    FaceProblem.BLURRED: Row.SHARPNESS,
    FaceProblem.TURNED_AWAY: Row.DIRECTION,
    FaceProblem.TILTED: Row.DIRECTION,
    FaceProblem.COVERED: Row.UNCOVERED,
}
_FIRST = (Row.ONE_PERSON, Row.SIZE, Row.LIGHT, Row.UNCOVERED, Row.DIRECTION, Row.SHARPNESS)
"""In the order in which people are asked: who is alone, near and in the light can be told how to turn."""


@dataclass(frozen=True)
class RowState:
    """One row: what it lacks (None: nothing, or it cannot be told yet) and its figure, where it has one."""

    row: Row
    known: bool
    lack: Lack | None = None
    figure: float | None = None

    @property
    def met(self) -> bool:
        return self.known and self.lack is None


def degrees_of(pose: HeadPose) -> float:
    """How far a head is turned towards the person's left, in degrees."""
    return degrees(atan(pose.yaw / _YAW_A_TANGENT))


def yaw_of(angle: float) -> float:
    """The yaw of a head that is turned by so many degrees."""
    return _YAW_A_TANGENT * tan(radians(angle))


def rows_of(
    look: EnrolmentLook | None, wanted: Pose, neutral: float = 0.0, *, stranger: bool = False
) -> tuple[RowState, ...]:
    """The six rows of `look`, for the `wanted` picture.

    `neutral` is how many degrees the head was turned in the straight picture; `stranger`: it is not who was
    there before.
    """
    if look is None or not look.faces:
        nobody = RowState(Row.ONE_PERSON, look is not None, Ask.NOBODY if look is not None else None)
        return (*(RowState(row, known=False) for row in Row if row is not Row.ONE_PERSON), nobody)
    lacks: dict[Row, Lack] = {}
    for problem in look.problems:
        lacks.setdefault(_ROW_OF[problem], problem)
    turned = None if look.pose is None else degrees_of(look.pose) - neutral
    if turned is not None and (lack := _direction(turned, wanted)) is not None:
        lacks.setdefault(Row.DIRECTION, lack)
    if look.faces > 1:
        lacks[Row.ONE_PERSON] = Ask.SEVERAL
    elif stranger:
        lacks[Row.ONE_PERSON] = Ask.SOMEBODY_ELSE
    figures = {Row.SIZE: look.size, Row.DIRECTION: turned}
    known = {row: row is not Row.DIRECTION or turned is not None or row in lacks for row in Row}
    return tuple(RowState(row, known[row], lacks.get(row), figures.get(row)) for row in Row)


def lack_of(rows: tuple[RowState, ...]) -> Lack | None:
    """The one thing to ask of the person; None where nothing is lacking."""
    lacking = {state.row: state.lack for state in rows if state.lack is not None}
    return next((lacking[row] for row in _FIRST if row in lacking), None)


def _direction(turned: float, wanted: Pose) -> Ask | None:
    if wanted is Pose.STRAIGHT:
        return Ask.LOOK_HERE if abs(turned) > _STRAIGHT else None
    towards = turned if wanted is Pose.LEFT else -turned
    if towards >= TURNED:
        return None
    if wanted is Pose.LEFT:
        return Ask.MORE_LEFT if towards > _BEGUN else Ask.TURN_LEFT
    return Ask.MORE_RIGHT if towards > _BEGUN else Ask.TURN_RIGHT
