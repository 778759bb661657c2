"""Lays MediaPipe's attention mesh over a face: 478 points, by which one sees whether its eyes are closed.

What the net holds half-way to its points says more than they do of what covers a face: it is read with them
(edge.vision.faces.occlusion).

Grishchenko et al., "Attention Mesh: High-fidelity Face Mesh Prediction in Real-time" (2020). The net sees a
square in which the eyes lie level, a good part wider than the face.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, hypot, sin

import cv2
import numpy as np
from numpy.typing import NDArray

import models
from edge.liveness import HeadPose, Landmarks, pose_of
from edge.vision.faces.engine import DetectedFace
from edge.vision.faces.light import lit_for
from edge.vision.faces.occlusion import CoverScales, Inner, Suspicion
from edge.vision.frame import Image
from edge.vision.liveness.factory import MESH
from models.covers import covers_of

Points = NDArray[np.float64]

POINTS = 478
_INNER_LAYER = "model_5/model_4/model_3/add_74/add"
"""The last layer with 16×16 places (128 numbers each), of which four by four are averaged into one."""
_SIDE = 256
_AROUND, _LOWER = 1.4, 0.05
"""The square's side in the longer sides of the detector's box, and by how much of these it lies lower: there
its points fill as much of it as those of the faces that the net learned.
"""
_FIVE = ((33, 133), (362, 263), (4,), (61,), (291,))
"""The corners of the right eye, those of the left eye, the nose's tip, the corners of the mouth."""
_LEVEL = 0.51
"""Where on the way from the eyes to the mouth the mesh puts the nose of a level face (median of photographs).
"""
_EYES = ((33, 160, 158, 133, 153, 144), (362, 385, 387, 263, 373, 380))
"""Of each eye a corner, two points of the upper lid, the other corner, two of the lower lid, going around."""


@dataclass(frozen=True)
class MeshReading:
    """What the net makes of one face.

    `points` (478×3) are in pixels of the picture, nearer ones with the lesser depth; `inner` (2048) is what
    the net holds half-way, `covered` what seems to lie over the face by that.
    """

    points: Points
    inner: Inner
    covered: Suspicion | None


class FaceMesh:
    """The net, and what tells by it whether a face is covered. Not for use by two threads at once."""

    def __init__(self, network: cv2.dnn.Net, scales: CoverScales | None = None) -> None:
        self._network = network
        self._scales = scales

    def points(self, image: Image, face: DetectedFace) -> Points | None:
        """The points of `face`, as in MeshReading; None where the landmarks give no square to look at."""
        reading = self.read(image, face)
        return None if reading is None else reading.points

    def read(self, image: Image, face: DetectedFace) -> MeshReading | None:
        """What the net makes of `face`; None where the landmarks give no square to look at."""
        turn = _turn(face)
        if turn is None:
            return None
        picture = cv2.warpAffine(
            lit_for(image, face),
            turn,
            (_SIDE, _SIDE),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        self._network.setInput(cv2.dnn.blobFromImage(picture, 1.0 / 255.0, swapRB=True))
        last, half_way = self._network.forward(("Identity", _INNER_LAYER))
        found = np.array(last, np.float64).reshape(POINTS, 3)
        back = cv2.invertAffineTransform(turn)
        flat = found[:, :2] @ back[:, :2].T + back[:, 2]
        points = np.column_stack([flat, found[:, 2] * hypot(back[0, 0], back[1, 0])])
        inner = np.asarray(half_way, np.float32).reshape(128, 4, 4, 4, 4).mean(axis=(2, 4)).ravel()
        return MeshReading(points, inner, None if self._scales is None else self._scales.suspicion(inner))


def open_mesh() -> FaceMesh:
    """The mesh with its model file loaded; raises ModelError where that is missing or wrong."""
    return FaceMesh(open_network(), CoverScales(covers_of(MESH)))


def mesh_if_here() -> FaceMesh | None:
    """The mesh; None where its model file is missing or wrong."""
    try:
        return open_mesh()
    except models.ModelError:
        return None


def open_network() -> cv2.dnn.Net:
    """The net alone; raises ModelError where its file is missing or wrong."""
    # OpenCV's new engine gives a net's last outputs only; the classic one is as fast.
    return cv2.dnn.readNetFromTFLite(str(models.path_of(MESH)), cv2.dnn.ENGINE_CLASSIC)


def landmarks_of(points: Points) -> Landmarks:
    """The five landmarks that a detector gives, by the mesh: a head's turn moves these far more evenly."""
    return tuple((float(x), float(y)) for x, y in (points[list(some), :2].mean(axis=0) for some in _FIVE))


def head_of(points: Points) -> HeadPose | None:
    """How the head is held, by its landmarks of the mesh; None where they make no face."""
    return pose_of(landmarks_of(points), _LEVEL)


def eyes_of(points: Points) -> float | None:
    """How far the eyes are open: the height of an eye in its widths, the mean of both; None for no eyes."""
    right, left = (_openness(points[list(eye), :2]) for eye in _EYES)
    return None if right is None or left is None else (right + left) / 2.0


def _openness(eye: Points) -> float | None:
    corner, upper, upper_inner, other, lower_inner, lower = eye
    width = hypot(*(other - corner))
    if not width > 0.0:
        return None
    return (hypot(*(upper - lower)) + hypot(*(upper_inner - lower_inner))) / (2.0 * width)


def _turn(face: DetectedFace) -> NDArray[np.float64] | None:
    """The transform from the picture to the net's square, in which the eyes lie level."""
    box = face.box
    side = _AROUND * max(box.width, box.height)
    if len(face.landmarks) < 2 or not side >= 1.0:
        return None
    (right_x, right_y), (left_x, left_y) = face.landmarks[:2]
    angle, scale = atan2(left_y - right_y, left_x - right_x), _SIDE / side
    across, along = scale * cos(angle), scale * sin(angle)
    down = _LOWER * max(box.width, box.height)
    x = box.left + box.width / 2.0 - down * sin(angle)
    y = box.top + box.height / 2.0 + down * cos(angle)
    middle = _SIDE / 2.0
    return np.array(
        [[across, along, middle - across * x - along * y], [-along, across, middle + along * x - across * y]]
    )
