"""What every face engine has to do, asked of each that is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import models
from edge.errors import VisionError
from edge.vision.configuration import ENGINE_NAMES, FaceEngineName
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.factory import open_engine
from edge.vision.pictures.reading import read_picture

WITHIN = (320, 320)
ENGINES = [name for name in FaceEngineName if name is not FaceEngineName.NONE]


@pytest.fixture(scope="module", params=ENGINES)
def any_engine(request: pytest.FixtureRequest) -> FaceEngine:
    try:
        opened = open_engine(request.param)
    except (VisionError, models.ModelError) as error:
        pytest.skip(f"LOUD SKIP: {error}")
    assert opened is not None
    assert opened.name == ENGINE_NAMES[request.param]
    return opened


def test_an_empty_picture_has_no_face(any_engine: FaceEngine) -> None:
    assert any_engine.detect(np.full((240, 320, 3), 127, np.uint8), WITHIN) == ()


@pytest.mark.shared_data
@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 2000)])
def test_a_picture_of_any_shape_is_looked_at(any_engine: FaceEngine, shape: tuple[int, int]) -> None:
    assert any_engine.detect(np.full((*shape, 3), 128, np.uint8), (640, 480)) == ()


def test_landmarks_lie_in_the_face_and_in_their_order(any_engine: FaceEngine, portraits: list[Path]) -> None:
    """Eyes, nose, corners of the mouth; the left ones of the picture first. A hand may mislead one."""
    right = 0
    for path in portraits[:20]:
        for face in any_engine.detect(read_picture(path), WITHIN)[:1]:
            left_eye, right_eye, nose, left_corner, right_corner = face.landmarks
            upright = max(left_eye[1], right_eye[1]) < nose[1] < max(left_corner[1], right_corner[1])
            inside = all(
                face.box.left - 20 <= x <= face.box.left + face.box.width + 20 for x, _ in face.landmarks
            )
            right += left_eye[0] < right_eye[0] and left_corner[0] < right_corner[0] and upright and inside
    assert right >= 18


@pytest.mark.shared_data
def test_a_template_has_length_one_and_hardly_changes_in_a_mirror(
    any_engine: FaceEngine, portraits: list[Path]
) -> None:
    image = read_picture(portraits[0])
    [face, *_] = any_engine.detect(image, WITHIN)
    plain, both = any_engine.embed(image, face), any_engine.embed(image, face, mirrored=True)
    assert plain.shape == both.shape == (any_engine.dimensions,)
    assert float(np.linalg.norm(plain)) == pytest.approx(1.0, abs=1e-5)
    assert float(plain @ both) > any_engine.same_person


@pytest.mark.shared_data
def test_photographs_of_one_person_are_nearer_than_those_of_two(
    any_engine: FaceEngine, portraits: list[Path]
) -> None:
    templates = []
    for path in portraits[:18]:
        image = read_picture(path)
        faces = any_engine.detect(image, WITHIN)
        templates.append(any_engine.embed(image, faces[0]) if faces else None)
    pairs = {
        step: [
            float(one @ other)
            for place in range(0, len(templates) - step, 2)
            if (one := templates[place]) is not None and (other := templates[place + step]) is not None
        ]
        for step in (1, 2)  # of one person, and of two
    }
    assert min(len(scores) for scores in pairs.values()) >= 8
    assert np.median(pairs[1]) > max(pairs[2])
    assert np.median(pairs[1]) > any_engine.same_person
