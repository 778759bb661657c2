"""From a photograph to a template, by stricter rules than a passage; the photograph is not kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edge.decision import Cover
from edge.errors import VisionError
from edge.vision.faces.engine import DetectedFace, FaceEngine, Template
from edge.vision.faces.portraits import faces_in
from edge.vision.faces.quality import ENROLMENT, judge
from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from edge.vision.reports import FaceProblem, prominence

_BESIDE = 0.7
"""A second face at least this prominent, relative to the first, makes it doubtful who is meant."""

_REMEDIES = {
    FaceProblem.TOO_SMALL: ("the face is too small", "take it from nearer, or crop less"),
    FaceProblem.TOO_CLOSE: ("the face is too close", "take it from farther away"),
    FaceProblem.CUT_OFF: ("the face is cut off by the edge of the picture", "leave room around the head"),
    FaceProblem.TOO_DARK: ("the face is too dark", "take it in better light"),
    FaceProblem.TOO_BRIGHT: ("the face is too bright", "take it out of direct light"),
    FaceProblem.BACKLIT: ("the light is behind the face", "turn towards the light"),
    FaceProblem.LOW_CONTRAST: ("the face has too little contrast", "clean the lens, or avoid glare"),
    FaceProblem.BLURRED: ("the face is blurred", "hold the camera still"),
    FaceProblem.TURNED_AWAY: ("the face is turned away", "look straight into the camera"),
    FaceProblem.TILTED: ("the head is tilted", "hold it upright"),
}
_UNCOVER = {
    Cover.MASK: ("something covers the mouth, perhaps a mask", "take it off, or take another in even light"),
    Cover.SUNGLASSES: (
        "something dark covers the eyes, perhaps sunglasses",
        "take them off, or take another in even light",
    ),
    Cover.HAND: ("something covers the mouth, perhaps a hand", "take it away, or take another in even light"),
}


def template_of(photograph: Path, engine: FaceEngine) -> Template:
    """The template of the one face in `photograph` (mean with its mirror image).

    Raises VisionError that names the file and what is wrong: no picture, no face, several, a poor one.
    """
    image = read_picture(photograph)
    faces = faces_in(image, engine)
    refusal = refusal_of(image, faces)
    if refusal is not None:
        raise VisionError(refusal.what, where=str(photograph), remedy=refusal.remedy)
    return engine.embed(image, faces[0], mirrored=True)


def refusal_of(image: Image, faces: Sequence[DetectedFace]) -> VisionError | None:
    """Why nobody is enrolled from `image`, in which `faces` were found (the most prominent first)."""
    if not faces:
        return VisionError("there is no face in it", remedy="take a portrait from the front")
    if doubtful(image, faces):
        return VisionError("there are several faces in it", remedy="crop it to one person")
    quality = judge(image, faces[0], ENROLMENT)
    if quality.problem is None:
        return None
    what, remedy = _REMEDIES[quality.problem] if quality.covered is None else _UNCOVER[quality.covered]
    return VisionError(what, remedy=remedy)


def doubtful(image: Image, faces: Sequence[DetectedFace]) -> bool:
    """Whether a second face may as well be the one that is meant (`faces`: the most prominent first)."""
    width = float(image.shape[1])
    return len(faces) > 1 and prominence(faces[1].box, width) >= _BESIDE * prominence(faces[0].box, width)
