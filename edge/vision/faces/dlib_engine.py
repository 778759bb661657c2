"""The `face_recognition` library (dlib): the second engine, which many sites already use."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

import models
from edge.errors import VisionError
from edge.vision.cameras.frame import Image
from edge.vision.faces.engine import DetectedFace, Template, centred, reduction, unit
from edge.vision.sighting import Box

NAME = "dlib-resnet-v1-2"


class DlibEngine:
    """HOG detector and the ResNet of dlib, by way of `face_recognition`.

    Its vectors are meant to be compared by distance; at unit length that and the cosine are the same order.
    """

    name = NAME
    dimensions = 128
    same_person = 0.92  # about the distance of 0.6 that its authors advise, for vectors of its usual length

    def __init__(self, library: Any, centre: Template) -> None:
        """`centre` (128) is what the network's unit vectors have in common, as models.centre_of gives it."""
        self._library = library
        self._centre = centre

    def detect(self, image: Image, within: tuple[int, int]) -> tuple[DetectedFace, ...]:
        height, width = image.shape[:2]
        scale = reduction(width, height, within)
        size = (round(width * scale), round(height * scale))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1.0 else image
        rgb = np.ascontiguousarray(small[:, :, ::-1])
        places = self._library.face_locations(rgb, number_of_times_to_upsample=1, model="hog")
        marks = self._library.face_landmarks(rgb, places)
        faces = (_face(place, mark, scale) for place, mark in zip(places, marks, strict=True))
        return tuple(sorted(faces, key=lambda face: face.box.width, reverse=True))

    def embed(self, image: Image, face: DetectedFace, *, mirrored: bool = False) -> Template:
        vectors = [self._vector(image, face.box)]
        if not mirrored:
            return centred(vectors, self._centre)
        width = image.shape[1]
        flipped = Box(width - face.box.left - face.box.width, face.box.top, face.box.width, face.box.height)
        vectors.append(self._vector(np.ascontiguousarray(image[:, ::-1]), flipped))
        return centred(vectors, self._centre)

    def _vector(self, image: Image, box: Box) -> Template:
        rgb = np.ascontiguousarray(image[:, :, ::-1])
        place = (
            round(box.top),
            round(box.left + box.width),
            round(box.top + box.height),
            round(box.left),
        )
        vectors = self._library.face_encodings(rgb, known_face_locations=[place])
        if not vectors:
            raise VisionError("the engine made no template of this face")
        return unit(vectors[0])


def open_dlib() -> DlibEngine:
    """The engine; raises VisionError where the extra is not installed."""
    try:
        import face_recognition  # noqa: PLC0415 - an extra, and half a second to load
    except (ImportError, SystemExit) as error:
        # The library calls quit() where its model package is missing.
        raise VisionError(
            f"the dlib engine is not installed: {error}",
            remedy="pip install 'gatepost[dlib]', then: pip install --no-deps face-recognition-ng",
        ) from None
    return DlibEngine(face_recognition, np.asarray(models.centre_of("dlib"), np.float32))


def _face(
    place: tuple[int, int, int, int], marks: dict[str, list[tuple[int, int]]], scale: float
) -> DetectedFace:
    top, right, bottom, left = (value / scale for value in place)

    def middle(name: str) -> tuple[float, float]:
        points = np.asarray(marks[name], dtype=np.float64) / scale
        return float(points[:, 0].mean()), float(points[:, 1].mean())

    lips = np.asarray(marks["top_lip"], dtype=np.float64) / scale
    corners = (lips[lips[:, 0].argmin()], lips[lips[:, 0].argmax()])
    nose = marks["nose_bridge"][-1]
    landmarks = (
        middle("left_eye"),  # dlib names the sides as the viewer sees them, YuNet as the person does
        middle("right_eye"),
        (nose[0] / scale, nose[1] / scale),
        (float(corners[0][0]), float(corners[0][1])),
        (float(corners[1][0]), float(corners[1][1])),
    )
    return DetectedFace(Box(left, top, right - left, bottom - top), landmarks, 1.0)
