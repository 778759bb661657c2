"""The net that only objects: what it is fed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.vision.faces.engine import FaceEngine
from edge.vision.frame import Image
from edge.vision.liveness.minifasnet import MiniFasNets
from edge.vision.liveness.veto import blob_of, square_of
from edge.vision.pictures.reading import read_picture
from edge.vision.reports import Box
from tests.attacks.made import Species, presentation

NOISE: Image = np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8)


def test_what_is_fed_is_red_first_and_divided_by_255() -> None:
    image = np.full((200, 300, 3), (10, 128, 255), np.uint8)
    blob = blob_of(image, Box(100, 80, 40, 50))
    assert (blob.shape, blob.dtype.name) == ((1, 3, 128, 128), "float32")
    assert [float(channel.max()) for channel in blob[0]] == pytest.approx([1.0, 128 / 255, 10 / 255])


@pytest.mark.parametrize(
    "box",
    [
        Box(40, 30, 30, 40),  # the square lies inside
        Box(2, 3, 30, 40),  # it stands out to the left and above
        Box(85, 50, 30, 38),  # to the right and below
    ],
)
def test_the_square_is_what_the_authors_cut_out_of_a_picture_mirrored_at_its_edges(box: Box) -> None:
    margin = 60
    wide = cv2.copyMakeBorder(NOISE, margin, margin, margin, margin, cv2.BORDER_REFLECT_101)
    side = max(box.width, box.height) * 1.5
    left, top = int(box.left + box.width / 2 - side / 2), int(box.top + box.height / 2 - side / 2)
    cut = wide[margin + top : margin + top + int(side), margin + left : margin + left + int(side)]
    assert np.array_equal(square_of(NOISE, box), cut)


_boxes = st.builds(Box, *[st.floats(-2000, 2000)] * 2, *[st.floats(0.1, 2000)] * 2)


@given(_boxes)
def test_any_box_gives_a_square_of_pixels_of_the_picture(box: Box) -> None:
    square = square_of(NOISE, box)
    assert square.shape[0] == square.shape[1] >= 1


@pytest.mark.shared_data
def test_the_objection_is_beside_the_measure_and_no_part_of_it(
    engine: FaceEngine, nets: MiniFasNets, portraits: list[Path]
) -> None:
    [image] = presentation(Species.PHONE, read_picture(portraits[0]), 0)
    reading = nets.measure(image, engine.detect(image, (320, 240))[0].box)
    assert sorted(reading.nets) == ["minifasnet-v1se", "minifasnet-v2"]
    assert reading.measure == pytest.approx(sum(reading.nets.values()) / 2)
    assert reading.veto is not None
    assert reading.veto < 0, "a phone's edge is in the square: it sees a picture"
