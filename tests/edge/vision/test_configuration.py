"""What the gate knows of the worker's parts without loading them."""

from __future__ import annotations

import pytest

from edge.vision.configuration import (
    ENGINE_NAMES,
    TEMPLATE_NUMBERS,
    FaceEngineName,
    VisionConfiguration,
    WorkerTask,
)
from edge.vision.faces.engine import FaceEngine


@pytest.mark.parametrize(
    ("camera", "ends"), [("v4l2:0", False), ("rtsp://a/b", False), ("file:a.mp4", True), ("folder:a", True)]
)
def test_only_files_come_to_an_end(camera: str, ends: bool) -> None:
    assert WorkerTask(VisionConfiguration(camera=camera)).ends is ends


def test_every_engine_says_how_long_its_templates_are() -> None:
    assert set(TEMPLATE_NUMBERS) == set(FaceEngineName)


def test_the_gate_knows_the_engines_by_the_names_that_they_write(engine: FaceEngine) -> None:
    assert ENGINE_NAMES[FaceEngineName.SFACE] == engine.name
    dlib = pytest.importorskip("edge.vision.faces.dlib_engine")
    assert ENGINE_NAMES[FaceEngineName.DLIB] == dlib.NAME
