"""Looks at a camera's frames as an enrolment does: what a face lacks, or its template."""

from __future__ import annotations

from edge.errors import VisionError
from edge.vision.faces.engine import DetectedFace, FaceEngine
from edge.vision.faces.enrolment import is_ambiguous
from edge.vision.faces.mesh import FaceMesh, head_of
from edge.vision.faces.quality import ENROLMENT, fitness_of
from edge.vision.frame import Frame, Image
from edge.vision.reports import EnrolmentLook, prominence

_WITHIN = (480, 480)
"""The size at which faces are looked for: one large enough to be enrolled is found at it."""


class EnrolmentEye:
    """Looks at one frame after another; keeps none. Not for use by two threads at once."""

    def __init__(self, engine: FaceEngine, mesh: FaceMesh | None = None) -> None:
        """Without `mesh` nobody says what covers a face, and its pose comes from the detector."""
        self._engine = engine
        self._mesh = mesh

    def look(self, frame: Frame) -> EnrolmentLook:
        """How the foremost face of `frame` would do."""
        image, captured, name = frame.image, frame.captured, self._engine.name
        faces = self._found(image)
        if not faces:
            return EnrolmentLook(captured, 0, engine=name)
        face, meant = faces[0], len(faces) if is_ambiguous(image, faces) else 1
        reading = None if self._mesh is None else self._mesh.read(image, face)
        covered = None if reading is None else reading.covered
        pose = face.pose if reading is None else head_of(reading.points) or face.pose
        fit = fitness_of(image, face, ENROLMENT, covered)
        sure = covered.cover if covered is not None and covered.sure else None
        usable = meant == 1 and not fit.problems and pose is not None
        return EnrolmentLook(
            captured,
            meant,
            round(fit.size, 1),
            pose,
            fit.problems,
            sure,
            name,
            self._template(image, face) if usable else b"",
        )

    def _found(self, image: Image) -> tuple[DetectedFace, ...]:
        """The faces of `image`, the most prominent first."""
        width = float(image.shape[1])
        found = self._engine.detect(image, _WITHIN)
        return tuple(sorted(found, key=lambda face: prominence(face.box, width), reverse=True))

    def _template(self, image: Image, face: DetectedFace) -> bytes:
        try:
            return self._engine.embed(image, face, mirrored=True).astype("<f4").tobytes()
        except VisionError:
            return b""  # the engine makes nothing of this frame: the next may do
