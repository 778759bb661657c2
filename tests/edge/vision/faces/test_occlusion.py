"""Masks, sunglasses and hands over a face, and what is none of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.decision import Cover
from edge.vision.faces.alignment import SIDE, upright
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.occlusion import cover_of
from edge.vision.faces.portraits import faces_in
from edge.vision.pictures.reading import read_picture
from tests.covers import MASKS, SUNGLASSES, clear_glasses, hand
from tests.covers import Cover as Draw


@pytest.mark.parametrize(
    ("draw", "cover"),
    [
        *((MASKS[name], Cover.MASK) for name in ("surgical", "white", "black", "striped", "below the nose")),
        *((draw, Cover.SUNGLASSES) for draw in SUNGLASSES.values()),
        (hand, Cover.HAND),
        (clear_glasses, None),
    ],
)
def test_what_covers_a_face_is_seen_over_nearly_every_face(
    draw: Draw, cover: Cover | None, engine: FaceEngine, uncovered: list[Path]
) -> None:
    draw_from = np.random.default_rng(3)
    seen = []
    for path in uncovered:
        image = read_picture(path)
        covered = draw(image, faces_in(image, engine)[0], draw_from)
        seen.append(cover_of(upright(covered, faces_in(covered, engine)[0])))
    assert seen.count(cover) >= len(seen) - 2


@pytest.mark.parametrize("colour", [0, 128, 255])
def test_a_picture_of_nothing_is_no_error(colour: int) -> None:
    cover_of(np.full((SIDE, SIDE, 3), colour, np.uint8))
