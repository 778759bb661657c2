"""Enrolment from a photograph: one good face is taken, the rest is refused by name."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import VisionError
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.enrolment import template_of
from edge.vision.pictures.reading import read_picture
from tests.edge.vision.conftest import can_be_enrolled


@pytest.mark.shared_data
def test_enrolment_takes_one_good_face_and_refuses_the_rest_by_name(
    engine: FaceEngine, portraits: list[Path], tmp_path: Path
) -> None:
    good = next(path for path in portraits if can_be_enrolled(engine, path))
    assert template_of(good, engine).shape == (128,)
    one = read_picture(good)
    cases = {
        "no face": np.full((300, 300, 3), 120, np.uint8),
        "several faces": np.hstack([one, one]),
        "too dark": (one * 0.15).astype(np.uint8),
    }
    for words, image in cases.items():
        path = tmp_path / f"{words}.png"
        cv2.imwrite(str(path), image)
        with pytest.raises(VisionError, match=words) as caught:
            template_of(path, engine)
        assert caught.value.where == str(path)
