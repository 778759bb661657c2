"""From a photograph to a template, by stricter rules than a passage; the photograph is not kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.errors import VisionError
from edge.vision.configuration import LivenessName
from edge.vision.faces.engine import DetectedFace, FaceEngine, Template
from edge.vision.faces.mesh import FaceMesh, mesh_if_here
from edge.vision.faces.occlusion import Suspicion
from edge.vision.faces.portraits import faces_in
from edge.vision.faces.quality import ENROLMENT, judge
from edge.vision.frame import Image
from edge.vision.liveness.factory import LivenessMeasure, open_liveness
from edge.vision.pictures.reading import read_picture
from edge.vision.reports import prominence

_BESIDE = 0.7
"""A second face at least this prominent, relative to the first, makes it doubtful who is meant."""
_A_PICTURE = 0.1
"""The measure of liveness below which a face is hardly that of a person before the camera."""

TAKE_IT = "where there is nothing, take it with --as-they-are"
PICTURED = (
    "it looks like a photograph of a photograph or of a screen: better enrol the original, or before a camera"
)


@dataclass(frozen=True)
class SecondLook:
    """What looks at a photograph besides the engine; None where its model files are not on this machine."""

    mesh: FaceMesh | None = None
    liveness: LivenessMeasure | None = None

    def covered(self, image: Image, face: DetectedFace) -> Suspicion | None:
        """What seems to cover `face`."""
        reading = None if self.mesh is None else self.mesh.read(image, face)
        return None if reading is None else reading.covered

    def doubts(self, image: Image, face: DetectedFace, covered: Suspicion | None) -> tuple[str, ...]:
        """What somebody should look at in a picture that is taken all the same."""
        found = [] if covered is None else [f"{covered.cover.what}: look at it"]
        if self.liveness is not None and self.liveness.measure(image, face.box).measure < _A_PICTURE:
            found.append(PICTURED)
        return tuple(found)


def open_second_look() -> SecondLook:
    """The second look with the models that are on this machine."""
    return SecondLook(mesh_if_here(), open_liveness(LivenessName.AUTO))


@dataclass(frozen=True)
class Portrait:
    """The template of the one face in a photograph (mean with its mirror image), and what to look at."""

    template: Template
    doubts: tuple[str, ...] = ()


def portrait_of(
    photograph: Path, engine: FaceEngine, look: SecondLook | None = None, *, as_they_are: bool = False
) -> Portrait:
    """What `photograph` enrols; with `as_they_are` a face that seems covered as well, and it is a doubt.

    Raises VisionError that names the file and what is wrong: no picture, no face, several, a poor one.
    """
    look = look or SecondLook()
    image = read_picture(photograph)
    faces = faces_in(image, engine)
    covered = look.covered(image, faces[0]) if faces else None
    refusal = refusal_of(image, faces, None if as_they_are else covered)
    if refusal is not None:
        raise VisionError(refusal.what, where=str(photograph), remedy=refusal.remedy)
    return Portrait(engine.embed(image, faces[0], mirrored=True), look.doubts(image, faces[0], covered))


def refusal_of(
    image: Image, faces: Sequence[DetectedFace], covered: Suspicion | None = None
) -> VisionError | None:
    """Why `image` enrols nobody, None where it can; `faces` are those in it (the most prominent first)."""
    if not faces:
        return VisionError("there is no face in it", remedy="take a portrait from the front")
    if is_ambiguous(image, faces):
        return VisionError("there are several faces in it", remedy="crop it to one person")
    quality = judge(image, faces[0], ENROLMENT, covered)
    if quality.problem is None:
        return None
    if quality.covered is not None:
        cover = quality.covered.cover
        return VisionError(cover.what, remedy=f"{cover.remedy}; {TAKE_IT}")
    return VisionError(quality.problem.what, remedy=quality.problem.remedy)


def is_ambiguous(image: Image, faces: Sequence[DetectedFace]) -> bool:
    """Whether a second face may as well be the one that is meant (`faces`: the most prominent first)."""
    width = float(image.shape[1])
    return len(faces) > 1 and prominence(faces[1].box, width) >= _BESIDE * prominence(faces[0].box, width)
