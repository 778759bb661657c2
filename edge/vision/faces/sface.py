"""YuNet finds, SFace embeds: OpenCV's engine, and the default.

YuNet: Wu, Peng, Yu, "YuNet: a tiny millisecond-level face detector" (2023). SFace: Zhong et al., "SFace:
sigmoid-constrained hypersphere loss for robust face recognition" (2021).
"""

from __future__ import annotations

import cv2
import numpy as np

import models
from edge.vision.cameras.frame import Image
from edge.vision.faces.engine import DetectedFace, Template, reduction, unit
from edge.vision.sighting import Box

NAME = "sface-2021dec-int8bq"
"""Templates of another quantisation or training run are not comparable, so its name is in theirs."""

_CONFIDENCE = 0.7
_OVERLAP = 0.3
_MOST_FACES = 8


class SFaceEngine:
    """OpenCV's FaceDetectorYN and FaceRecognizerSF. Not for use by two threads at once."""

    name = NAME
    dimensions = 128
    same_person = 0.363  # OpenCV's own threshold for it

    def __init__(self, detector: cv2.FaceDetectorYN, recogniser: cv2.FaceRecognizerSF) -> None:
        self._detector = detector
        self._recogniser = recogniser

    def detect(self, image: Image, within: tuple[int, int]) -> tuple[DetectedFace, ...]:
        height, width = image.shape[:2]
        scale = reduction(width, height, within)
        small = image
        if scale < 1.0:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        self._detector.setInputSize((small.shape[1], small.shape[0]))
        _, rows = self._detector.detect(small)
        if rows is None:
            return ()
        ordered = sorted(rows, key=lambda row: float(row[2]), reverse=True)[:_MOST_FACES]
        return tuple(_face(np.asarray(row, np.float64) / scale, float(row[14])) for row in ordered)

    def embed(self, image: Image, face: DetectedFace, *, mirrored: bool = False) -> Template:
        crop = np.asarray(self._recogniser.alignCrop(image, _row(face)), np.uint8)
        vector = self._vector(crop)
        if not mirrored:
            return vector
        return unit(vector + self._vector(np.ascontiguousarray(crop[:, ::-1])))

    def _vector(self, crop: Image) -> Template:
        # `feature` returns a view that the next call overwrites.
        return unit(np.array(self._recogniser.feature(crop), np.float32))


def open_sface() -> SFaceEngine:
    """The engine with its model files loaded; raises ModelError where they are missing or wrong."""
    detector = cv2.FaceDetectorYN.create(
        str(models.path_of("yunet")), "", (320, 240), _CONFIDENCE, _OVERLAP, 50
    )
    return SFaceEngine(detector, cv2.FaceRecognizerSF.create(str(models.path_of("sface")), ""))


def _face(row: np.ndarray[tuple[int], np.dtype[np.float64]], confidence: float) -> DetectedFace:
    left, top, width, height = (float(value) for value in row[:4])
    points = tuple((float(row[place]), float(row[place + 1])) for place in range(4, 14, 2))
    return DetectedFace(Box(left, top, width, height), points, confidence)


def _row(face: DetectedFace) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The face in the 15 numbers that OpenCV's aligner expects."""
    box, flat = face.box, [value for point in face.landmarks for value in point]
    return np.array([box.left, box.top, box.width, box.height, *flat, face.confidence], dtype=np.float32)
