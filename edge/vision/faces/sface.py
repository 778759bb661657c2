"""YuNet finds, SFace embeds: OpenCV's engine, and the default.

YuNet: Wu, Peng, Yu, "YuNet: a tiny millisecond-level face detector" (2023). SFace: Zhong et al., "SFace:
sigmoid-constrained hypersphere loss for robust face recognition" (2021).
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

import models
from edge.liveness import Landmarks
from edge.vision.faces.engine import DetectedFace, Template, centred, reduction, unit
from edge.vision.frame import Image
from edge.vision.reports import Box

Points = NDArray[np.float64]
Rows = NDArray[np.float32]

NAME = "sface-2021dec-int8bq-2"
"""Templates of another quantisation, training run or alignment are not comparable: the name is in theirs.

The number behind it is that of the way from the picture to the vector: 2 refines the landmarks and takes the
network's common offset away.
"""

_CONFIDENCE = 0.7
_OVERLAP = 0.3
_MOST_FACES = 8

_REFINED_AT = (112, 160, 224)
"""Sides of the squares, twice as wide as the face, in which its landmarks are detected again.

The landmarks decide how the face is laid under the network, and are the least certain part of it: by those of
one detection a gate misses half as many people again as by their mean over these (docs/models.md).
"""
_AROUND = 2.0
_ASTRAY = 0.12
"""Landmarks farther than this share of the eyes' distance from the median are no part of the mean."""
_MIRRORED = (1, 0, 2, 4, 3)
"""The landmarks' order in a mirror: right and left change places."""


class SFaceEngine:
    """OpenCV's FaceDetectorYN and FaceRecognizerSF. Not for use by two threads at once."""

    name = NAME
    dimensions = 128
    same_person = 0.30  # one pair of strangers in about 1,400 is more alike

    def __init__(
        self, detector: cv2.FaceDetectorYN, recogniser: cv2.FaceRecognizerSF, centre: Template
    ) -> None:
        """`centre` (128) is what the network's unit vectors have in common, as models.centre_of gives it."""
        self._detector = detector
        self._recogniser = recogniser
        self._centre = centre

    def detect(self, image: Image, within: tuple[int, int]) -> tuple[DetectedFace, ...]:
        height, width = image.shape[:2]
        scale = reduction(width, height, within)
        small = image
        if scale < 1.0:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        rows = self._rows(small)
        ordered = sorted(rows, key=lambda row: float(row[2]), reverse=True)[:_MOST_FACES]
        return tuple(_face(np.asarray(row, np.float64) / scale, float(row[14])) for row in ordered)

    def embed(self, image: Image, face: DetectedFace, *, mirrored: bool = False) -> Template:
        aligned = DetectedFace(face.box, self._refined(image, face), face.confidence)
        crop = np.asarray(self._recogniser.alignCrop(image, _row(aligned)), np.uint8)
        crops = (crop, np.ascontiguousarray(crop[:, ::-1])) if mirrored else (crop,)
        return centred([self._vector(picture) for picture in crops], self._centre)

    def _vector(self, crop: Image) -> Template:
        # `feature` returns a view that the next call overwrites.
        return unit(np.array(self._recogniser.feature(crop), np.float32))

    def _rows(self, picture: Image) -> Rows:
        """What the detector finds: rows of box (4), landmarks (10) and confidence."""
        self._detector.setInputSize((picture.shape[1], picture.shape[0]))
        _, rows = self._detector.detect(picture)
        if rows is None:
            return np.zeros((0, 15), np.float32)
        return np.asarray(rows, np.float32)

    def _refined(self, image: Image, face: DetectedFace) -> Landmarks:
        """The mean of the landmarks found in several sizes of the face, without those that went astray."""
        found = [(np.array(face.landmarks), face.confidence)]
        for side in _REFINED_AT:
            found += self._found_again(image, face.box, side)
        marks, trust = np.stack([each for each, _ in found]), np.array([each for _, each in found])
        middle = np.median(marks, axis=0)
        eyes = max(1.0, float(np.linalg.norm(middle[1] - middle[0])))
        astray = np.linalg.norm(marks - middle, axis=2).mean(axis=1) / eyes
        kept = astray <= max(_ASTRAY, 1.5 * float(np.median(astray)))
        mean = np.average(marks[kept], axis=0, weights=trust[kept] ** 2)
        return tuple((float(x), float(y)) for x, y in mean)

    def _found_again(self, image: Image, box: Box, side: int) -> Iterator[tuple[Points, float]]:
        """The landmarks of the face in `box`, in a square of `side` pixels about it and mirrored."""
        scale = side / (_AROUND * max(box.width, box.height, 1.0))
        centre = np.array([box.left + box.width / 2.0, box.top + box.height / 2.0])
        shift = side / 2.0 - scale * centre
        picture = cv2.warpAffine(
            image,
            np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]]),
            (side, side),
            flags=cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR,
        )
        for mirrored in (False, True):
            shown = np.ascontiguousarray(picture[:, ::-1]) if mirrored else picture
            rows = self._rows(np.asarray(shown, np.uint8))
            if not len(rows):
                continue
            # Anyone else in the square stands farther from its middle.
            row = min(rows, key=lambda each: float(np.abs(each[:2] + each[2:4] / 2.0 - side / 2.0).sum()))
            points = np.asarray(row[4:14], np.float64).reshape(5, 2)
            if mirrored:
                points[:, 0] = side - 1.0 - points[:, 0]
                points = points[list(_MIRRORED)]
            yield (points - shift) / scale, float(row[14])


def open_sface() -> SFaceEngine:
    """The engine with its model files loaded; raises ModelError where they are missing or wrong."""
    detector = cv2.FaceDetectorYN.create(
        str(models.path_of("yunet")), "", (320, 240), _CONFIDENCE, _OVERLAP, 50
    )
    recogniser = cv2.FaceRecognizerSF.create(str(models.path_of("sface")), "")
    return SFaceEngine(detector, recogniser, np.asarray(models.centre_of("sface"), np.float32))


def _face(row: np.ndarray[tuple[int], np.dtype[np.float64]], confidence: float) -> DetectedFace:
    left, top, width, height = (float(value) for value in row[:4])
    points = tuple((float(row[column]), float(row[column + 1])) for column in range(4, 14, 2))
    return DetectedFace(Box(left, top, width, height), points, confidence)


def _row(face: DetectedFace) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The face in the 15 numbers that OpenCV's aligner expects."""
    box, flat = face.box, [value for point in face.landmarks for value in point]
    return np.array([box.left, box.top, box.width, box.height, *flat, face.confidence], dtype=np.float32)
