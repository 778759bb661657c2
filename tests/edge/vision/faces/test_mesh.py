"""The face mesh: its points lie where the face is, and show when the eyes close."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.vision.faces.engine import DetectedFace, FaceEngine
from edge.vision.faces.mesh import FaceMesh, eyes_of, head_of, landmarks_of
from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from edge.vision.reports import Box
from tests.attacks.heads import closed_eyes


@pytest.fixture
def faces(engine: FaceEngine, portraits: list[Path]) -> list[tuple[Image, DetectedFace]]:
    pictures = [read_picture(path) for path in portraits[:200:10]]
    return [(picture, engine.detect(picture, (320, 240))[0]) for picture in pictures]


@pytest.mark.shared_data
def test_the_points_lie_where_the_detectors_landmarks_do(
    mesh: FaceMesh, faces: list[tuple[Image, DetectedFace]]
) -> None:
    for picture, face in faces:
        points = mesh.points(picture, face)
        assert points is not None
        assert points.shape == (478, 3)
        marks = np.array(face.landmarks)
        own = np.array(landmarks_of(points))
        eyes = float(np.linalg.norm(marks[0] - marks[1]))
        assert np.linalg.norm(own - marks, axis=1).mean() < 0.2 * eyes


@pytest.mark.shared_data
@pytest.mark.parametrize("degrees", [-30.0, 20.0])
def test_a_head_held_aslant_has_its_eyes_as_far_open(
    engine: FaceEngine, mesh: FaceMesh, faces: list[tuple[Image, DetectedFace]], degrees: float
) -> None:
    ratios = []
    for picture, face in faces:
        turn = cv2.getRotationMatrix2D((125.0, 125.0), degrees, 1.0)
        aslant = np.asarray(
            cv2.warpAffine(picture, turn, (250, 250), borderMode=cv2.BORDER_REPLICATE), np.uint8
        )
        found = engine.detect(aslant, (320, 240))
        points, turned = mesh.points(picture, face), mesh.points(aslant, found[0]) if found else None
        if points is not None and turned is not None:
            ratios.append((eyes_of(turned) or 0.0) / (eyes_of(points) or 1.0))
    assert len(ratios) >= 15
    assert float(np.median(ratios)) == pytest.approx(1.0, abs=0.2)


@pytest.mark.shared_data
def test_closed_eyes_are_less_than_half_as_high(
    mesh: FaceMesh, faces: list[tuple[Image, DetectedFace]]
) -> None:
    ratios = []
    for picture, face in faces:
        points = mesh.points(picture, face)
        assert points is not None
        closed = mesh.points(closed_eyes(picture, points), face)
        assert closed is not None
        ratios.append((eyes_of(closed) or 0.0) / (eyes_of(points) or 1.0))
    assert np.mean(np.array(ratios) < 0.5) >= 0.6, "those behind glasses are drawn badly"
    assert np.median(ratios) < 0.4


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("landmarks", "side"),
    [((), 80.0), (((100.0, 100.0), (140.0, 100.0)), 0.0)],
    ids=["no landmarks", "no size"],
)
def test_what_is_no_face_has_no_points(
    mesh: FaceMesh, landmarks: tuple[tuple[float, float], ...], side: float
) -> None:
    picture = np.zeros((250, 250, 3), np.uint8)
    assert mesh.points(picture, DetectedFace(Box(80, 80, side, side), landmarks, 0.9)) is None


@pytest.mark.shared_data
def test_a_mirrored_head_is_turned_as_far_the_other_way(
    mesh: FaceMesh, engine: FaceEngine, faces: list[tuple[Image, DetectedFace]]
) -> None:
    sums = []
    for picture, face in faces:
        mirrored = np.ascontiguousarray(picture[:, ::-1])
        found = engine.detect(mirrored, (320, 240))
        one, other = mesh.points(picture, face), mesh.points(mirrored, found[0])
        assert one is not None
        assert other is not None
        pose, again = head_of(one), head_of(other)
        assert pose is not None
        assert again is not None
        sums.append(pose.yaw + again.yaw)
    assert np.percentile(np.abs(sums), 80) < 0.05, "a turn is three times as far"


def test_eyes_without_width_say_nothing() -> None:
    assert eyes_of(np.zeros((478, 3))) is None
