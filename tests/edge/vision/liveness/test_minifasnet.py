"""The liveness nets: what they are fed, and what they say of photographs and of made attacks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.vision.faces.engine import FaceEngine
from edge.vision.liveness.minifasnet import MiniFasNets, blob_of, crop_of
from edge.vision.pictures.reading import read_picture
from edge.vision.reports import Box
from tests.attacks.made import Species, presentation
from tests.examples import alike

WITHIN = (320, 240)
FACES = 16


def measures(
    engine: FaceEngine, nets: MiniFasNets, portraits: list[Path], species: Species, gain: float = 1.0
) -> list[float]:
    said = []
    for number, path in enumerate(portraits[: 2 * FACES : 2]):
        [image] = presentation(species, read_picture(path), number)
        faces = engine.detect(image, WITHIN)
        if faces:
            said.append(nets.measure((image * gain).astype(np.uint8), faces[0].box).measure)
    assert len(said) >= FACES - 3
    return said


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "species",
    alike([Species.CARD, Species.PHONE, Species.CLOSE_PRINT, Species.CLOSE_SCREEN, Species.VIDEO]),
)
def test_most_faces_look_alive_and_few_made_attacks_do(
    engine: FaceEngine, nets: MiniFasNets, portraits: list[Path], species: Species
) -> None:
    live = np.array(measures(engine, nets, portraits, Species.LIVE))
    attacks = np.array(measures(engine, nets, portraits, species))
    assert (live >= 0.5).mean() >= 0.6
    assert (attacks >= 0.5).mean() <= 0.2


@pytest.mark.shared_data
def test_the_nets_take_grey_values_as_they_are_and_everything_divided_for_a_picture(
    engine: FaceEngine, nets: MiniFasNets, portraits: list[Path]
) -> None:
    assert max(measures(engine, nets, portraits, Species.LIVE, gain=1 / 255)) < 0.5


def test_what_is_fed_is_the_picture_itself_channels_first() -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    image[:, :] = (10, 128, 255)
    blob = blob_of(image, Box(100, 80, 40, 50), 2.7)
    assert blob.shape == (1, 3, 80, 80)
    assert blob.dtype.name == "float32"
    assert [float(channel.min()) for channel in blob[0]] == [10.0, 128.0, 255.0]


_sizes = st.integers(2, 2000)
_boxes = st.builds(Box, st.floats(-300, 2300), st.floats(-300, 2300), st.floats(1, 3000), st.floats(1, 3000))


@given(_sizes, _sizes, _boxes, st.sampled_from([2.7, 4.0]))
def test_any_box_gives_a_crop_inside_the_picture(width: int, height: int, box: Box, scale: float) -> None:
    left, top, right, bottom = crop_of(width, height, box, scale)
    assert 0 <= left <= right <= width - 1
    assert 0 <= top <= bottom <= height - 1


@pytest.mark.parametrize(
    ("box", "expected"),
    [  # scale 2.7 in 640×480, by the authors' code
        (Box(280, 200, 80, 100), (212, 115, 428, 385)),
        (Box(0, 0, 80, 100), (0, 0, 216, 270)),
        (Box(560, 380, 80, 100), (423, 209, 639, 479)),
        (Box(200, 100, 240, 300), (128, 0, 511, 479)),
    ],
)
def test_the_crop_is_that_of_the_nets_training(box: Box, expected: tuple[int, int, int, int]) -> None:
    assert crop_of(640, 480, box, 2.7) == expected
    assert as_the_authors_do(640, 480, box, 2.7) == expected


_in_view = st.builds(Box, st.floats(0, 500), st.floats(0, 400), st.floats(20, 140), st.floats(20, 80))


@given(_in_view, st.sampled_from([2.7, 4.0]))
def test_any_face_in_view_is_cropped_as_there(box: Box, scale: float) -> None:
    pairs = zip(crop_of(640, 480, box, scale), as_the_authors_do(640, 480, box, scale), strict=True)
    assert all(abs(own - theirs) <= 1 for own, theirs in pairs)


def as_the_authors_do(width: int, height: int, box: Box, scale: float) -> tuple[int, int, int, int]:
    """CropImage of minivision-ai/Silent-Face-Anti-Spoofing, src/generate_patches.py, as it reads there."""
    scale = min((height - 1) / box.height, (width - 1) / box.width, scale)
    wide, high = box.width * scale, box.height * scale
    x, y = box.width / 2 + box.left, box.height / 2 + box.top
    left, top, right, bottom = x - wide / 2, y - high / 2, x + wide / 2, y + high / 2
    if left < 0:
        left, right = 0, right - left
    if top < 0:
        top, bottom = 0, bottom - top
    if right > width - 1:
        left, right = left - (right - width + 1), width - 1
    if bottom > height - 1:
        top, bottom = top - (bottom - height + 1), height - 1
    return int(left), int(top), int(right), int(bottom)
