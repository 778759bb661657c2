"""What is wrong with a camera's picture, and what to turn: the meters of a preview as advice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from edge.decision import FaceProblem
from edge.vision.reports import FaceMeter, PreviewFrame
from edge.web.texts import N_

_DARK, _LIGHT = 40.0, 215.0
"""Mean grey values of a picture that is too dark, and too light."""
_MOST_BLACK, _MOST_WHITE = 0.5, 0.2
"""Shares of a picture that may show nothing."""
FAR, GOOD = 20.0, 36.0
"""Pixels between the eyes that recognition needs, and that enrolment is safe with."""
BOX_A_SIZE: Final = 2.15
"""How much wider a detector's box is than the pixels between the eyes."""
_ASIDE: Final = 0.25
"""Of the picture's width, how far from its middle a face may stand."""


@dataclass(frozen=True)
class AimingAdvice:
    """One thing to change: what is seen, and what to do."""

    seen: str
    do: str


_PICTURE = {
    "dark": AimingAdvice(
        N_("The picture is too dark."), N_("More light, or look for a cap or dirt on the lens.")
    ),
    "light": AimingAdvice(
        N_("The picture is too light."), N_("Shade the camera, or turn it from the sky or a lamp.")
    ),
    "nobody": AimingAdvice(
        N_("No face is in view."), N_("Stand where people will stand, and look at the camera.")
    ),
    "aside": AimingAdvice(N_("The face is at the side."), N_("Turn the camera towards where people stand.")),
    "high": AimingAdvice(N_("The face is near the upper edge."), N_("Tilt the camera up.")),
    "low": AimingAdvice(N_("The face is near the lower edge."), N_("Tilt the camera down.")),
}
_FACE = {
    FaceProblem.TOO_SMALL: AimingAdvice(
        N_("The face is too small."), N_("Mount the camera nearer, or zoom in.")
    ),
    FaceProblem.TOO_CLOSE: AimingAdvice(
        N_("The face is too close."), N_("Mount the camera farther, or zoom out.")
    ),
    FaceProblem.CUT_OFF: AimingAdvice(
        N_("The face is cut off."), N_("Turn the camera until all of it is in view.")
    ),
    FaceProblem.BACKLIT: AimingAdvice(
        N_("The light is behind the person."), N_("Turn the camera from the light, or put a lamp in front.")
    ),
    FaceProblem.TOO_DARK: AimingAdvice(
        N_("The face is too dark."), N_("Put a lamp in front of where people stand.")
    ),
    FaceProblem.TOO_BRIGHT: AimingAdvice(
        N_("The face is dazzled."), N_("Dim or move the lamp that shines on it.")
    ),
    FaceProblem.LOW_CONTRAST: AimingAdvice(
        N_("The face has little contrast."), N_("Wipe the lens; light from one side.")
    ),
    FaceProblem.BLURRED: AimingAdvice(
        N_("The face is not sharp."), N_("Turn the focus until the figure is highest, and wipe the lens.")
    ),
    FaceProblem.TURNED_AWAY: AimingAdvice(
        N_("The face is seen from the side, from above or from below."),
        N_("Mount the camera at the height of faces, where people look."),
    ),
    FaceProblem.TILTED: AimingAdvice(N_("The head is aslant."), N_("Level the camera.")),
    FaceProblem.COVERED: AimingAdvice(
        N_("Something covers the face."), N_("Uncover the face while you aim.")
    ),
}


def advice_on(frame: PreviewFrame) -> tuple[AimingAdvice, ...]:
    """What to change, what matters most first; none: the camera is aimed well for who stands there."""
    return tuple(dict.fromkeys(_advice(frame)))


def _advice(frame: PreviewFrame) -> Iterator[AimingAdvice]:
    if frame.light < _DARK or frame.dark > _MOST_BLACK:
        yield _PICTURE["dark"]
    if frame.light > _LIGHT or frame.bright > _MOST_WHITE:
        yield _PICTURE["light"]
    face = frame.face
    if face is None:
        yield _PICTURE["nobody"]
        return
    for problem in (face.problem, face.to_enrol):
        if problem is not None:
            yield _FACE[problem]
    yield from _place(frame, face)


def _place(frame: PreviewFrame, face: FaceMeter) -> Iterator[AimingAdvice]:
    box = face.box
    across = (box.left + box.width / 2) / frame.width
    down = (box.top + box.height / 2) / frame.height
    if abs(across - 0.5) > _ASIDE:
        yield _PICTURE["aside"]
    if down < 0.2:
        yield _PICTURE["high"]
    elif down > 0.8:
        yield _PICTURE["low"]


def marks_of(frame: PreviewFrame) -> tuple[float, ...]:
    """Widths (pixels of the preview) that a face has at the farthest where it is recognised, where enrolment
    is safe, and at the nearest.
    """
    near = 0.9 * frame.height * 0.8
    return (BOX_A_SIZE * FAR * frame.scale, BOX_A_SIZE * GOOD * frame.scale, near)
