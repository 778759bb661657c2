"""Enrolment from a photograph: one good face is taken, the rest is refused by name."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import VisionError
from edge.vision.faces.engine import DetectedFace, FaceEngine
from edge.vision.faces.enrolment import is_ambiguous, template_of
from edge.vision.pictures.reading import read_picture
from edge.vision.reports import Box
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


BLANK = np.full((480, 640, 3), 120, np.uint8)


def face_at(centre: float, width: float) -> DetectedFace:
    return DetectedFace(Box(centre - width / 2, 200, width, width), (), 0.9)


@pytest.mark.parametrize(
    ("faces", "ambiguous"),
    [
        ([], False),
        ([face_at(320, 100)], False),
        ([face_at(320, 100), face_at(320, 71)], True),
        ([face_at(320, 100), face_at(320, 69)], False),  # much smaller: somebody behind
        ([face_at(320, 100), face_at(640, 100)], False),  # as large, at the edge: a passer-by
    ],
)
def test_a_second_face_makes_it_ambiguous_only_where_it_is_nearly_as_prominent(
    faces: list[DetectedFace], ambiguous: bool
) -> None:
    assert is_ambiguous(BLANK, faces) is ambiguous
