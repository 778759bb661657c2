"""Pictures that need nobody's permission: drawn codes, and faces where the shared data is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import segno

import models
from edge.errors import VisionError
from edge.vision.configuration import FaceEngineName, LivenessName
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.enrolment import portrait_of
from edge.vision.faces.factory import open_engine
from edge.vision.faces.mesh import FaceMesh, open_mesh
from edge.vision.frame import Image
from edge.vision.liveness.factory import open_liveness
from edge.vision.liveness.minifasnet import MiniFasNets
from tests.examples import LONG


def code_image(text: str | bytes, pixel: int = 5, width: int = 640, height: int = 480) -> Image:
    """A QR code on grey, as large as fits (height×width×3)."""
    matrix = np.array(segno.make_qr(text, error="l").matrix, dtype=np.uint8)
    bordered = np.pad(matrix, 4)
    pixel = min(pixel, min(width, height) // bordered.shape[0])
    drawn = np.kron(255 * (1 - bordered), np.ones((max(1, pixel),) * 2, np.uint8)).astype(np.uint8)
    side = drawn.shape[0]
    picture = np.full((max(height, side), max(width, side), 3), 128, np.uint8)
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    picture[top : top + side, left : left + side] = drawn[:, :, None]
    return picture


@pytest.fixture(scope="session")
def engine() -> FaceEngine:
    """The default face engine; the test skips where its model files were not fetched."""
    try:
        opened = open_engine(FaceEngineName.SFACE)
    except models.ModelError as error:
        pytest.skip(f"LOUD SKIP: no model file: {error}")
    assert opened is not None
    return opened


def can_be_enrolled(engine: FaceEngine, path: Path) -> bool:
    try:
        portrait_of(path, engine)
    except VisionError:
        return False
    return True


@pytest.fixture(scope="module")
def uncovered(shared_data: Path) -> list[Path]:
    """Photographs of people who wear and hold nothing before their faces."""
    people = sorted((shared_data / "faces" / "lfw_dev").iterdir())
    return [min(person.glob("*.jpg")) for person in people[101 : 1150 : 100 if LONG else 200]]


@pytest.fixture
def nets(all_models: Path, monkeypatch: pytest.MonkeyPatch) -> MiniFasNets:
    monkeypatch.setenv("GATEPOST_MODELS", str(all_models))
    opened = open_liveness(LivenessName.MINIFASNET)
    assert isinstance(opened, MiniFasNets)
    return opened


@pytest.fixture
def mesh(models_and_mesh: Path, monkeypatch: pytest.MonkeyPatch) -> FaceMesh:
    monkeypatch.setenv("GATEPOST_MODELS", str(models_and_mesh))
    return open_mesh()
