"""dlib with the models of the `face_recognition` library: the second engine, which many sites already use.

dlib is called directly, as that library does it: its package asks for `dlib`, which has no wheels and
compiles for a quarter of an hour, where `dlib-bin` is the same library built.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import VisionError
from edge.vision.faces.engine import DetectedFace, Template, reduction, unit
from edge.vision.faces.light import lit_for
from edge.vision.frame import Image
from edge.vision.reports import Box

NAME = "dlib-resnet-v1"

_LEVEL, _SCATTER = 0.49, 3.0
"""Median and spread of the nose's place on 394 people of LFW, the spread against YuNet's."""


_LEFT_EYE, _RIGHT_EYE = slice(36, 42), slice(42, 48)
_NOSE, _LIPS = 30, [*range(48, 55), *range(60, 65)]
"""Places among the 68 landmarks (iBUG 300-W), the sides as the viewer sees them."""


@dataclass(frozen=True)
class DlibModels:
    """What dlib loads: its detector, and the nets that find landmarks and make templates."""

    rectangle: Any
    detector: Any
    landmarks: Any  # 68 points: where eyes, nose and mouth are
    corners: Any  # 5 points: how a face is turned upright for the template
    encoder: Any


class DlibEngine:
    """HOG detector and the ResNet of dlib, with the parameters of `face_recognition`.

    Its vectors are meant to be compared by distance; at unit length that and the cosine are the same order.
    Unlike SFace's they are used as they come: less their common offset they tell people apart far worse.
    """

    name = NAME
    dimensions = 128
    same_person = 0.93  # one pair of strangers in about a thousand is more alike

    def __init__(self, models: DlibModels) -> None:
        self._models = models

    def detect(self, image: Image, within: tuple[int, int]) -> tuple[DetectedFace, ...]:
        height, width = image.shape[:2]
        scale = reduction(width, height, within)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1.0 else image
        rgb = np.ascontiguousarray(small[:, :, ::-1])
        found = [self._inside(face, rgb.shape) for face in self._models.detector(rgb, 1)]
        faces = (_face(face, _points(self._models.landmarks(rgb, face)), scale) for face in found)
        return tuple(sorted(faces, key=lambda face: face.box.width, reverse=True))

    def embed(self, image: Image, face: DetectedFace, *, mirrored: bool = False) -> Template:
        image = lit_for(image, face)
        vector = self._vector(image, face.box)
        if not mirrored:
            return vector
        width = image.shape[1]
        flipped = Box(width - face.box.left - face.box.width, face.box.top, face.box.width, face.box.height)
        return unit(vector + self._vector(image[:, ::-1], flipped))

    def _vector(self, image: Image, box: Box) -> Template:
        rgb = np.ascontiguousarray(image[:, :, ::-1])
        left, top = round(box.left), round(box.top)
        right, bottom = round(box.left + box.width), round(box.top + box.height)
        corners = self._models.corners(rgb, self._models.rectangle(left, top, right, bottom))
        return unit(np.asarray(self._models.encoder.compute_face_descriptor(rgb, corners, 1)))

    def _inside(self, face: Any, shape: tuple[int, ...]) -> Any:
        """`face` cut at the picture's edges: dlib finds faces that reach beyond them."""
        height, width = shape[:2]
        return self._models.rectangle(
            max(face.left(), 0), max(face.top(), 0), min(face.right(), width), min(face.bottom(), height)
        )


def open_dlib() -> DlibEngine:
    """The engine; raises VisionError where the extra is not installed."""
    try:
        import dlib  # noqa: PLC0415 - an extra, and half a second to load
        import face_recognition_models as files  # noqa: PLC0415 - the same
    except ImportError as error:
        raise VisionError(
            f"the dlib engine is not installed: {error}", remedy="pip install 'gatepost[dlib]'"
        ) from None
    return DlibEngine(
        DlibModels(
            dlib.rectangle,
            dlib.get_frontal_face_detector(),
            dlib.shape_predictor(files.pose_predictor_model_location()),
            dlib.shape_predictor(files.pose_predictor_five_point_model_location()),
            dlib.face_recognition_model_v1(files.face_recognition_model_location()),
        )
    )


def _points(shape: Any) -> NDArray[np.float64]:
    """The landmarks of a face (68×2, pixels)."""
    return np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float64)


def _face(rectangle: Any, points: NDArray[np.float64], scale: float) -> DetectedFace:
    def middle(places: slice) -> tuple[float, float]:
        x, y = points[places].mean(axis=0) / scale
        return float(x), float(y)

    def point(xy: NDArray[np.float64]) -> tuple[float, float]:
        return float(xy[0] / scale), float(xy[1] / scale)

    lips = points[_LIPS]
    landmarks = (
        middle(_LEFT_EYE),
        middle(_RIGHT_EYE),
        point(points[_NOSE]),
        point(lips[lips[:, 0].argmin()]),
        point(lips[lips[:, 0].argmax()]),
    )
    left, top = rectangle.left() / scale, rectangle.top() / scale
    box = Box(left, top, rectangle.right() / scale - left, rectangle.bottom() / scale - top)
    return DetectedFace(box, landmarks, 1.0, level=_LEVEL, scatter=_SCATTER)
