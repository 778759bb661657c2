"""From a frame to a sighting: frames that changed are analysed, faces that are new are embedded.

An empty lane costs a comparison of two thumbnails; `faces.attention` says which faces are embedded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.liveness import HeadPose
from edge.vision.codes.reader import RETRIES, CodeReader, Variant, grey_of
from edge.vision.configuration import AS_IT_IS, Playing, VisionConfiguration
from edge.vision.faces.attention import Attention
from edge.vision.faces.engine import DetectedFace, FaceEngine
from edge.vision.faces.light import lit_to_measure
from edge.vision.faces.mesh import FaceMesh, eyes_of, head_of
from edge.vision.faces.occlusion import Suspicion
from edge.vision.faces.quality import PASSAGE, judge
from edge.vision.faces.tracking import Tracker
from edge.vision.frame import Frame
from edge.vision.liveness.factory import LivenessMeasure
from edge.vision.reports import CodeSighting, FaceSighting, Sighting, prominence

_THUMBNAIL = (40, 30)
_CHANGED = 6.0
"""Grey values by which some cell of the thumbnail has to differ before a frame counts as changed."""
_ANALYSE_ANYWAY = 0.5
"""Seconds after which an unchanged frame is analysed all the same."""
_STILL_SIDES = ((320, 320), (800, 800))
"""A picture that stands alone is searched for faces at one size, and at a larger one where none is found."""


@dataclass
class _Memory:
    """What one frame leaves behind for the next."""

    thumbnail: NDArray[np.int16] | None = None
    analysed_at: float = -1.0
    empty: bool = True
    retry: int = 0


@dataclass(frozen=True)
class _Found:
    """A face that was detected, as the frame before knew it: its head, its eyes, what covers it."""

    face: DetectedFace
    track: int
    foremost: bool
    pose: HeadPose | None
    eyes: float | None = None
    covered: Suspicion | None = None


class Pipeline:
    """Analyses the frames of one camera. Not for use by two threads at once."""

    def __init__(
        self,
        configuration: VisionConfiguration,
        engine: FaceEngine | None,
        reader: CodeReader | None,
        liveness: LivenessMeasure | None = None,
        mesh: FaceMesh | None = None,
        playing: Playing = AS_IT_IS,
    ) -> None:
        """Without `reader` no code is read, without `liveness` no face is measured, without `mesh` none says
        how far its eyes are open or what covers it, and a head's pose comes from the detector. `playing` is
        for frames of files.
        """
        self._configuration = configuration
        self._engine = engine
        self._reader = reader
        self._liveness = liveness
        self._mesh = mesh
        self._playing = playing
        self._tracker = self._new_tracker()
        self._attention = Attention(configuration)
        self._memory = _Memory()

    def analyse(self, frame: Frame) -> Sighting:
        """The faces and codes in `frame`. A still is analysed on its own, with every retry."""
        timings: dict[str, float] = {}
        faces: tuple[FaceSighting, ...] = ()
        codes: tuple[CodeSighting, ...] = ()
        if frame.still:
            self.forget()
        with _timed(timings, "watch"):
            worth = frame.still or self._is_worth_analysing(frame)
        if worth:
            with _timed(timings, "decode"):
                codes = self._codes(frame)
            faces = self._faces(frame, timings)
            self._memory.empty = not faces and not codes
        height, width = frame.image.shape[:2]
        return Sighting(
            frame.number, frame.captured, frame.input, width, height, faces, codes, timings, frame.still
        )

    def forget(self) -> None:
        """Take the next frame for the first: it shows another place, or another time."""
        self._tracker, self._attention = self._new_tracker(), Attention(self._configuration)
        self._memory = _Memory()

    # --- is there anything to see ----------------------------------------------------------

    def _is_worth_analysing(self, frame: Frame) -> bool:
        memory = self._memory
        thumbnail = cv2.resize(frame.image, _THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.int16)
        before, memory.thumbnail = memory.thumbnail, thumbnail
        changed = before is None or float(np.abs(thumbnail - before).max()) > _CHANGED
        due = frame.captured - memory.analysed_at >= _ANALYSE_ANYWAY
        if changed or due or not memory.empty:
            memory.analysed_at = frame.captured
            return True
        return False

    # --- codes -----------------------------------------------------------------------------

    def _codes(self, frame: Frame) -> tuple[CodeSighting, ...]:
        if self._reader is None:
            return ()
        grey, reader = grey_of(frame.image), self._reader
        codes = reader.read_codes(grey, Variant.AS_IS)
        if codes:
            return codes
        if frame.still:
            attempts = (reader.read_codes(grey, variant) for variant in RETRIES)
            return next((found for found in attempts if found), ())
        if self._memory.empty and not _has_contrast(grey):
            return ()
        # One retry a frame: the next frame tries the next.
        variant = RETRIES[self._memory.retry % len(RETRIES)]
        self._memory.retry += 1
        return reader.read_codes(grey, variant)

    # --- faces -----------------------------------------------------------------------------

    def _faces(self, frame: Frame, timings: dict[str, float]) -> tuple[FaceSighting, ...]:
        if self._engine is None:
            return ()
        with _timed(timings, "detect"):
            found = self._detect(self._engine, frame)
        self._begin_anew(frame.captured)
        tracks = self._tracker.follow([face.box for face in found], frame.captured)
        foremost = max(found, key=lambda face: prominence(face.box, frame.image.shape[1]), default=None)
        sightings = tuple(
            self._face(
                self._engine, frame, self._looked_at(frame, face, track, timings, face is foremost), timings
            )
            for face, track in zip(found, tracks, strict=True)
        )
        self._attention.keep({sighting.track for sighting in sightings}, frame.captured)
        return sightings

    def _begin_anew(self, now: float) -> None:
        """Take for somebody new whoever has been measured for as long as `playing` says."""
        if after := self._playing.anew_after:
            for track in self._attention.known_for(after, now):
                self._tracker.end(track)

    def _looked_at(
        self, frame: Frame, face: DetectedFace, track: int, timings: dict[str, float], foremost: bool
    ) -> _Found:
        """`face` with its pose, eyes and cover. Where there is a mesh, those of anyone but the foremost are
        not known: what the detector's landmarks give cannot be compared with what the mesh gives.
        """
        if self._mesh is None:
            return _Found(face, track, foremost, face.pose)
        if not foremost:
            return _Found(face, track, foremost, None)
        with _timed(timings, "mesh"):
            reading = self._mesh.read(frame.image, face)
        if reading is None:
            return _Found(face, track, foremost, None)
        points = reading.points
        # Of eyes that something may cover the mesh only guesses: it shuts those under a finger.
        eyes = eyes_of(points) if reading.covered is None else None
        return _Found(face, track, foremost, head_of(points), eyes, reading.covered)

    def _detect(self, engine: FaceEngine, frame: Frame) -> tuple[DetectedFace, ...]:
        if frame.still:
            attempts = (engine.detect(frame.image, side) for side in _STILL_SIDES)
            return next((found for found in attempts if found), ())
        configuration = self._configuration
        return engine.detect(frame.image, (configuration.detect_width, configuration.detect_height))

    def _face(
        self, engine: FaceEngine, frame: Frame, found: _Found, timings: dict[str, float]
    ) -> FaceSighting:
        face, track = found.face, found.track
        quality = judge(frame.image, face, PASSAGE, found.covered)
        covered = quality.covered.cover if quality.covered is not None and quality.covered.sure else None
        template, alive = b"", None
        if quality.problem is None and self._attention.wants(
            track, frame.captured, covered, found.pose, face.box.height, foremost=found.foremost
        ):
            if not (frame.still and self._playing.faces_only):
                with _timed(timings, "embed"):
                    vector = engine.embed(frame.image, face, mirrored=frame.still)
                template = vector.astype("<f4").tobytes()
                track = self._tracker.identify(track, vector, frame.captured)
            if self._liveness is not None:
                with _timed(timings, "live"):
                    alive = self._liveness.measure(lit_to_measure(frame.image, face), face.box)
            self._attention.note(found.track, track, frame.captured, None if alive is None else alive.measure)
        return FaceSighting(
            track=track,
            box=face.box,
            confidence=face.confidence,
            landmarks=face.landmarks,
            pose=found.pose,
            quality=quality.score,
            problem=quality.problem,
            engine=engine.name,
            template=template,
            liveness=alive,
            eyes=found.eyes,
            covered=covered,
        )

    def _new_tracker(self) -> Tracker:
        return Tracker(1.0 if self._engine is None else self._engine.same_person)


def _has_contrast(grey: NDArray[np.uint8]) -> bool:
    """Whether anything as black and white as a code could be in the picture."""
    sample = grey[::8, ::8]
    low, high = np.percentile(sample, (2, 98))
    return bool(high - low > 60)


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    began = perf_counter()
    try:
        yield
    finally:
        timings[stage] = timings.get(stage, 0.0) + 1000.0 * (perf_counter() - began)
