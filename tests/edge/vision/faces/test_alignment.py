"""A face turned upright and brought to the reference landmarks."""

from __future__ import annotations

import numpy as np
import pytest

from edge.vision.faces.alignment import REFERENCE_LANDMARKS, SIDE, towards_crop, upright
from edge.vision.faces.engine import DetectedFace
from edge.vision.reports import Box


def face_of(landmarks: tuple[tuple[float, float], ...], box: Box | None = None) -> DetectedFace:
    return DetectedFace(box or Box(20, 10, 80, 100), landmarks, 0.9)


def test_a_face_is_brought_to_the_reference_places_however_it_lies() -> None:
    turn = 1.7 * np.exp(1j * np.radians(25))
    points = tuple((z.real, z.imag) for z in (complex(x, y) * turn + 31 for x, y in REFERENCE_LANDMARKS))
    matrix = towards_crop(face_of(points))
    moved = np.array(points) @ matrix[:, :2].T + matrix[:, 2]
    assert moved == pytest.approx(np.array(REFERENCE_LANDMARKS), abs=1e-6)
    assert upright(np.zeros((300, 300, 3), np.uint8), face_of(points)).shape == (SIDE, SIDE, 3)
