"""From a photograph to a template, by stricter rules than a passage; the photograph is not kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edge.errors import VisionError
from edge.vision.faces.engine import DetectedFace, FaceEngine, Template
from edge.vision.faces.portraits import faces_in
from edge.vision.faces.quality import ENROLMENT, judge
from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from edge.vision.reports import prominence

_BESIDE = 0.7
"""A second face at least this prominent, relative to the first, makes it doubtful who is meant."""


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
    """Why `image` enrols nobody, None where it can; `faces` are those in it (the most prominent first)."""
    if not faces:
        return VisionError("there is no face in it", remedy="take a portrait from the front")
    if is_ambiguous(image, faces):
        return VisionError("there are several faces in it", remedy="crop it to one person")
    quality = judge(image, faces[0], ENROLMENT)
    if quality.problem is None:
        return None
    said = quality.covered or quality.problem
    return VisionError(said.what, remedy=said.remedy)


def is_ambiguous(image: Image, faces: Sequence[DetectedFace]) -> bool:
    """Whether a second face may as well be the one that is meant (`faces`: the most prominent first)."""
    width = float(image.shape[1])
    return len(faces) > 1 and prominence(faces[1].box, width) >= _BESIDE * prominence(faces[0].box, width)
