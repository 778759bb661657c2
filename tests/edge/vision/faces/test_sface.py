"""The default engine: two pictures of one person are nearer than those of two."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.vision.faces.engine import FaceEngine
from edge.vision.pictures.reading import read_picture
from tests.spoiled import tilted

WITHIN = (320, 320)


@pytest.mark.shared_data
def test_two_photographs_of_one_person_are_nearer_than_those_of_two(
    engine: FaceEngine, portraits: list[Path]
) -> None:
    def template(path: Path) -> np.ndarray:
        image = read_picture(path)
        return engine.embed(image, engine.detect(image, WITHIN)[0])

    templates = [template(path) for path in portraits[:40]]
    assert all(abs(np.linalg.norm(vector) - 1) < 1e-5 for vector in templates)
    same = [float(templates[place] @ templates[place + 1]) for place in range(0, 40, 2)]
    other = [float(templates[place] @ templates[place + 2]) for place in range(0, 38, 2)]
    assert np.median(same) > 0.5
    assert max(other) < 0.4


@pytest.mark.shared_data
@pytest.mark.parametrize("angle", [-40.0, -30.0, 30.0, 40.0])
def test_a_head_held_aslant_is_turned_upright_and_stays_the_same_person(
    angle: float, engine: FaceEngine, uncovered: list[Path]
) -> None:
    rolls, likeness = [], []
    for path in uncovered:
        image = read_picture(path)
        upright = engine.detect(image, WITHIN)[0]
        aslant = tilted(-angle)(image, upright, np.random.default_rng(0))
        found = engine.detect(aslant, WITHIN)
        if found and found[0].pose is not None and upright.pose is not None:
            rolls.append(found[0].pose.roll - upright.pose.roll)
            likeness.append(float(engine.embed(image, upright) @ engine.embed(aslant, found[0])))
    assert len(rolls) >= len(uncovered) - 2
    assert np.median(rolls) / angle > 0.7
    assert np.median(likeness) > 0.7


@pytest.mark.shared_data
def test_an_upright_face_is_looked_at_as_it_is_found(engine: FaceEngine, uncovered: list[Path]) -> None:
    """Turning costs detections: only a head that is held aslant is turned."""
    poses = [engine.detect(read_picture(path), WITHIN)[0].pose for path in uncovered]
    assert [pose for pose in poses if pose is None or abs(pose.roll) > 12.0] == []
