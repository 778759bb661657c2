"""The demo's picture of a photograph is taken for one by the nets, wherever the hand holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.demo.portraits import portraits
from edge.demo.scenes import empty_lane, with_photograph
from edge.errors import VisionError
from edge.vision.configuration import FaceEngineName, LivenessName
from edge.vision.faces.factory import open_engine
from edge.vision.liveness.factory import open_liveness
from edge.vision.pictures.reading import read_picture

WITHIN = (640, 480)


@pytest.mark.long  # the portraits come from the package index
@pytest.mark.shared_data
@pytest.mark.parametrize("aside", [0, 3, -4])
def test_the_nets_take_a_photograph_on_a_phone_for_one(
    all_models: Path, monkeypatch: pytest.MonkeyPatch, aside: int
) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(all_models))
    engine, nets = open_engine(FaceEngineName.SFACE), open_liveness(LivenessName.MINIFASNET)
    assert engine is not None
    assert nets is not None
    try:
        chen = read_picture(portraits()["astronaut.png"])[0:330, 60:390]
    except VisionError as error:
        pytest.skip(f"LOUD SKIP: no portraits: {error}")
    picture = with_photograph(empty_lane(), chen, aside)
    [face] = engine.detect(picture, WITHIN)
    assert nets.measure(picture, face.box).measure < 0.3
