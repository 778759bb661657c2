"""The `face_recognition` library (dlib): the second engine, which many sites already use."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from PIL import ImageFile

from edge.errors import VisionError
from edge.vision.faces.engine import DetectedFace, Template, reduction, unit
from edge.vision.frame import Image
from edge.vision.reports import Box

NAME = "dlib-resnet-v1"

_LEVEL, _SCATTER = 0.49, 3.0
"""Median and spread of the nose's place on 394 people of LFW, the spread against YuNet's."""


class DlibEngine:
    """HOG detector and the ResNet of dlib, by way of `face_recognition`.

    Its vectors are meant to be compared by distance; at unit length that and the cosine are the same order.
    Unlike SFace's they are used as they come: less their common offset they tell people apart far worse.
    """

    name = NAME
    dimensions = 128
    same_person = 0.93  # one pair of strangers in about a thousand is more alike

    def __init__(self, library: Any) -> None:
        self._library = library

    def detect(self, image: Image, within: tuple[int, int]) -> tuple[DetectedFace, ...]:
        height, width = image.shape[:2]
        scale = reduction(width, height, within)
        size = (round(width * scale), round(height * scale))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1.0 else image
        rgb = np.ascontiguousarray(small[:, :, ::-1])
        rectangles = self._library.face_locations(rgb, number_of_times_to_upsample=1, model="hog")
        marks = self._library.face_landmarks(rgb, rectangles)
        faces = (_face(rectangle, mark, scale) for rectangle, mark in zip(rectangles, marks, strict=True))
        return tuple(sorted(faces, key=lambda face: face.box.width, reverse=True))

    def embed(self, image: Image, face: DetectedFace, *, mirrored: bool = False) -> Template:
        vector = self._vector(image, face.box)
        if not mirrored:
            return vector
        width = image.shape[1]
        flipped = Box(width - face.box.left - face.box.width, face.box.top, face.box.width, face.box.height)
        return unit(vector + self._vector(image[:, ::-1], flipped))

    def _vector(self, image: Image, box: Box) -> Template:
        rgb = np.ascontiguousarray(image[:, :, ::-1])
        rectangle = (
            round(box.top),
            round(box.left + box.width),
            round(box.top + box.height),
            round(box.left),
        )
        vectors = self._library.face_encodings(rgb, known_face_locations=[rectangle])
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
    # It lets Pillow fill up pictures of which a part is missing: half a face is not a face.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return DlibEngine(face_recognition)


def _face(
    rectangle: tuple[int, int, int, int], marks: dict[str, list[tuple[int, int]]], scale: float
) -> DetectedFace:
    top, right, bottom, left = (value / scale for value in rectangle)

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
    box = Box(left, top, right - left, bottom - top)
    return DetectedFace(box, landmarks, 1.0, level=_LEVEL, scatter=_SCATTER)
