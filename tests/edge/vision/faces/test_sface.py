"""The default engine: two pictures of one person are nearer than those of two."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.vision.faces.engine import FaceEngine
from edge.vision.pictures.reading import read_picture

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
