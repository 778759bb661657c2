"""YuNet finds, SFace embeds: OpenCV's engine, and the default.

YuNet: Wu, Peng, Yu, "YuNet: a tiny millisecond-level face detector" (2023). SFace: Zhong et al., "SFace:
sigmoid-constrained hypersphere loss for robust face recognition" (2021).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

import models
from edge.liveness import Landmarks
from edge.vision.faces.engine import DetectedFace, Template, centred, reduction, unit
from edge.vision.faces.light import lit_for
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

_ASLANT, _LEVEL = 3.0, 2.0
"""Degrees of roll from which a head is turned to find its landmarks, and below which it is upright."""
_FOLLOWED = 0.4
"""What the detector's landmarks follow of a roll: where they say ten degrees it is twenty-five."""
_MOST_ROLL, _MOST_TURNS, _TURNED_AT = 70.0, 5, 160
_UNSURE, _SURER, _FAR = 0.9, 0.02, 45.0
"""The detector's confidence below which a head may be held far aslant (19 in 20 upright heads have more), by
how much more it has to have once that is turned back, and by how many degrees that is tried.
"""


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
        found = (_face(np.asarray(row, np.float64) / scale, float(row[14])) for row in ordered)
        return tuple(self._upright(image, face) for face in found)

    def embed(self, image: Image, face: DetectedFace, *, mirrored: bool = False) -> Template:
        image = lit_for(image, face)
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

    def _upright(self, image: Image, face: DetectedFace) -> DetectedFace:
        """`face` with the landmarks that are found once it is turned upright, where it is held aslant.

        The detector knows upright faces: by its landmarks a head that is held aslant seems nearly straight.
        So the picture is turned, by more than they say, until they say that it is upright. It is also less
        sure of such a head: then the picture is tried turned far to either side.
        """
        best, turn, roll = face, 0.0, _roll(face)
        if face.confidence < _UNSURE:
            for far in (-_FAR, _FAR):
                found = self._turned(image, face, far)
                if found is not None and found.confidence > best.confidence + _SURER:
                    best, turn, roll = found, far, _roll(found) - far
        for number in range(_MOST_TURNS):
            if abs(roll) < (_ASLANT if turn == 0.0 else _LEVEL):
                break
            turn = float(np.clip(turn + roll / _FOLLOWED, -_MOST_ROLL, _MOST_ROLL))
            found = self._turned(image, face, turn)
            if found is None:
                break
            roll = _roll(found) - turn
            if number == 0 or abs(roll) < _LEVEL or found.confidence > best.confidence:
                best = found
        return replace(best, confidence=face.confidence)

    def _turned(self, image: Image, face: DetectedFace, turn: float) -> DetectedFace | None:
        """`face` as it is found in its square turned back by `turn` degrees; None where it is not."""
        landmarks, confidence = next(self._found_again(image, face.box, _TURNED_AT, turn), (None, 0.0))
        if landmarks is None:
            return None
        found = replace(face, landmarks=_pairs(landmarks), confidence=confidence)
        return None if found.pose is None else found

    def _refined(self, image: Image, face: DetectedFace) -> Landmarks:
        """The mean of the landmarks found in several sizes of the face, without those that went astray."""
        found = [(np.array(face.landmarks), face.confidence)]
        roll = 0.0 if face.pose is None else face.pose.roll
        for side in _REFINED_AT:
            found += self._found_again(image, face.box, side, roll if abs(roll) > _ASLANT else 0.0)
        marks, trust = np.stack([each for each, _ in found]), np.array([each for _, each in found])
        middle = np.median(marks, axis=0)
        eyes = max(1.0, float(np.linalg.norm(middle[1] - middle[0])))
        astray = np.linalg.norm(marks - middle, axis=2).mean(axis=1) / eyes
        kept = astray <= max(_ASTRAY, 1.5 * float(np.median(astray)))
        mean = np.average(marks[kept], axis=0, weights=trust[kept] ** 2)
        return _pairs(mean)

    def _found_again(self, image: Image, box: Box, side: int, turn: float) -> Iterator[tuple[Points, float]]:
        """The landmarks of the face in `box`, in a square of `side` pixels about it and mirrored.

        The picture is turned back by `turn` degrees, so that a head with that roll is upright in it.
        """
        scale = side / (_AROUND * max(box.width, box.height, 1.0))
        centre = np.array([box.left + box.width / 2.0, box.top + box.height / 2.0])
        across, along = scale * cos(radians(turn)), scale * sin(radians(turn))
        turned = np.array([[across, along], [-along, across]])
        shift = side / 2.0 - turned @ centre
        back = np.linalg.inv(turned)
        picture = cv2.warpAffine(
            image,
            np.column_stack([turned, shift]),
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
            yield (points - shift) @ back.T, float(row[14])


def open_sface() -> SFaceEngine:
    """The engine with its model files loaded; raises ModelError where they are missing or wrong."""
    detector = cv2.FaceDetectorYN.create(
        str(models.path_of("yunet")), "", (320, 240), _CONFIDENCE, _OVERLAP, 50
    )
    recogniser = cv2.FaceRecognizerSF.create(str(models.path_of("sface")), "")
    return SFaceEngine(detector, recogniser, np.asarray(models.centre_of("sface"), np.float32))


def _roll(face: DetectedFace) -> float:
    return 0.0 if face.pose is None else face.pose.roll


def _pairs(points: Points) -> Landmarks:
    return tuple((float(x), float(y)) for x, y in points)


def _face(row: np.ndarray[tuple[int], np.dtype[np.float64]], confidence: float) -> DetectedFace:
    left, top, width, height = (float(value) for value in row[:4])
    return DetectedFace(Box(left, top, width, height), _pairs(row[4:14].reshape(5, 2)), confidence)


def _row(face: DetectedFace) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The face in the 15 numbers that OpenCV's aligner expects."""
    box, flat = face.box, [value for point in face.landmarks for value in point]
    return np.array([box.left, box.top, box.width, box.height, *flat, face.confidence], dtype=np.float32)
