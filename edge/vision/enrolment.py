"""From a photograph to a template, by stricter rules than a passage; the photograph is not kept."""

from __future__ import annotations

from pathlib import Path

from edge.errors import VisionError
from edge.vision.faces.engine import FaceEngine, Template
from edge.vision.pictures import read_picture
from edge.vision.quality import ENROLMENT, judge
from edge.vision.sighting import FaceProblem, prominence

_SEARCHED = ((480, 480), (1000, 1000))
_BESIDE = 0.7
"""A second face at least this prominent, relative to the first, makes it doubtful who is meant."""

_REMEDIES = {
    FaceProblem.TOO_SMALL: ("the face is too small", "take it from nearer, or crop less"),
    FaceProblem.TOO_DARK: ("the face is too dark", "take it in better light"),
    FaceProblem.TOO_BRIGHT: ("the face is too bright", "take it out of direct light"),
    FaceProblem.BLURRED: ("the face is blurred", "hold the camera still"),
    FaceProblem.TURNED_AWAY: ("the face is turned away", "look straight into the camera"),
}


def template_of(photograph: Path, engine: FaceEngine) -> Template:
    """The template of the one face in `photograph` (mean with its mirror image).

    Raises VisionError that names the file and what is wrong: no picture, no face, several, a poor one.
    """
    image = read_picture(photograph)
    attempts = (engine.detect(image, side) for side in _SEARCHED)
    found = next((found for found in attempts if found), ())
    width = float(image.shape[1])
    faces = sorted(found, key=lambda face: prominence(face.box, width), reverse=True)
    where = str(photograph)
    if not faces:
        raise VisionError("there is no face in it", where=where, remedy="take a portrait from the front")
    if len(faces) > 1 and (prominence(faces[1].box, width) >= _BESIDE * prominence(faces[0].box, width)):
        raise VisionError("there are several faces in it", where=where, remedy="crop it to one person")
    problem = judge(image, faces[0], ENROLMENT).problem
    if problem is not None:
        what, remedy = _REMEDIES[problem]
        raise VisionError(what, where=where, remedy=remedy)
    return engine.embed(image, faces[0], mirrored=True)
