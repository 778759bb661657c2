"""A face in too little light is looked at as if there had been enough, and any other as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from edge.vision.faces.engine import DetectedFace, FaceEngine
from edge.vision.faces.light import glare_on, light_on, lit, lit_for, lit_to_measure, square_of
from edge.vision.faces.portraits import faces_in
from edge.vision.faces.quality import PASSAGE, judge
from edge.vision.frame import Image
from edge.vision.liveness.minifasnet import MiniFasNets
from edge.vision.pictures.reading import read_picture
from edge.vision.reports import Box
from tests.covers import MASKS, SUNGLASSES
from tests.covers import Cover as Draw
from tests.spoiled import exposed

RAMP: Image = np.tile(np.arange(256, dtype=np.uint8)[:, None, None], (1, 8, 3))


@given(some.floats(0.0, 255.0))
def test_light_is_given_and_never_taken_and_keeps_the_order_of_greys(light: float) -> None:
    given_back = lit(RAMP, light)
    assert (given_back >= RAMP).all()
    assert (np.diff(given_back[:, 0, 0].astype(int)) >= 0).all()


@given(some.floats(70.0, 255.0))
def test_what_has_light_enough_stays_byte_for_byte_as_it_is(light: float) -> None:
    assert lit(RAMP, light) is RAMP


@pytest.mark.parametrize("stops", [1.5, 2.0, 3.0, 4.0])
def test_it_undoes_a_short_exposure(stops: float, uncovered: list[Path], engine: FaceEngine) -> None:
    """Up to what noise and rounding have taken, the face is as light again whatever was missing."""
    for path in uncovered:
        image = read_picture(path)
        face = faces_in(image, engine)[0]
        dark = exposed(image, -stops, np.random.default_rng(1))
        if light_on(square_of(dark, face.box)) < 70.0:
            assert light_on(square_of(lit_for(dark, face), face.box)) == pytest.approx(110.0, abs=6.0)


def test_beard_and_hair_do_not_make_a_face_dark() -> None:
    """The middle counts, and the lighter half of it: neither what is around it nor the darker half."""
    square = np.full((112, 112), 10, np.uint8)
    square[28:100, 24:88] = 140
    square[62:100, 24:88] = 15
    assert (light_on(square), glare_on(square)) == (140.0, 15.0)


@pytest.mark.parametrize(
    "draw",
    [MASKS["black"], MASKS["white"], SUNGLASSES["black"]],
    ids=["a black mask", "a white mask", "sunglasses"],
)
def test_what_covers_a_face_hardly_changes_its_light(
    draw: Draw, uncovered: list[Path], engine: FaceEngine
) -> None:
    """Else a face under a black mask would be given light that it does not lack, and be nobody's."""
    for path in uncovered:
        image = read_picture(path)
        face = faces_in(image, engine)[0]
        covered = draw(image, face, np.random.default_rng(1))
        bare, under = (light_on(square_of(picture, face.box)) for picture in (image, covered))
        assert under > 0.7 * bare
        assert judge(covered, face, PASSAGE).problem is None


@pytest.mark.parametrize("box", [Box(-50, -50, 20, 20), Box(10, 10, 1, 1), Box(400, 10, 50, 50)])
def test_a_box_outside_of_the_picture_is_dark_and_no_error(box: Box) -> None:
    face = DetectedFace(box, (), 0.9)
    picture = np.full((200, 200, 3), 128, np.uint8)
    assert light_on(square_of(picture, face.box)) == 0.0
    assert lit_for(picture, face).shape == picture.shape


@pytest.mark.parametrize(("grey", "given"), [(20, False), (27, False), (30, True), (60, True), (70, False)])
def test_for_liveness_light_is_given_up_to_four_stops(grey: int, given: bool) -> None:
    picture: Image = np.full((200, 200, 3), grey, np.uint8)
    seen = lit_to_measure(picture, DetectedFace(Box(40, 40, 80, 80), (), 0.9))
    assert (seen is not picture) == given
    assert given == (float(seen.mean()) > grey)


@pytest.mark.shared_data
def test_a_living_face_in_little_light_is_less_often_taken_for_a_picture(
    portraits: list[Path], engine: FaceEngine, nets: MiniFasNets
) -> None:
    """At three and a half stops; what a picture of a picture is taken for is in docs/faces.md."""
    draw_from, as_it_is, given_back = np.random.default_rng(2), [], []
    for path in portraits[:160:4]:
        dark = exposed(read_picture(path), -3.5, draw_from)
        for face in engine.detect(dark, (640, 480))[:1]:
            as_it_is.append(nets.measure(dark, face.box).measure < 0.5)
            given_back.append(nets.measure(lit_to_measure(dark, face), face.box).measure < 0.5)
    assert len(as_it_is) >= 35
    assert sum(given_back) < sum(as_it_is)
