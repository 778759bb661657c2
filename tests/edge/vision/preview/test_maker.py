"""What a preview shows: the person before the gate, nobody else, and figures that say what to turn."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from edge.vision.faces.engine import FaceEngine
from edge.vision.frame import Frame, Image
from edge.vision.pictures.reading import read_picture
from edge.vision.preview.maker import PreviewMaker, preview_of
from edge.vision.preview.meters import meter_picture
from edge.vision.reports import (
    MOST_JPEG_BYTES,
    MOST_PREVIEW_SIDE,
    Blur,
    FaceSighting,
    PreviewFrame,
    Sighting,
    prominence,
)
from tests.examples import tried

WITHIN = (320, 240)


def decoded(preview: PreviewFrame | None) -> Image:
    assert preview is not None
    return np.asarray(cv2.imdecode(np.frombuffer(preview.jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def sighting_of(image: Image, faces: tuple[FaceSighting, ...] = ()) -> Sighting:
    height, width = image.shape[:2]
    return Sighting(1, 1.0, "scene", width, height, faces, timings={"detect": 1.0})


def seen(engine: FaceEngine, image: Image) -> tuple[FaceSighting, ...]:
    found = engine.detect(image, WITHIN)
    return tuple(
        FaceSighting(number, face.box, face.confidence, face.landmarks, pose=face.pose)
        for number, face in enumerate(found)
    )


@pytest.fixture(scope="module")
def two(portraits: list[Path]) -> Image:
    """One person in the middle, and a smaller one at the edge."""
    scene = np.full((480, 640, 3), 90, np.uint8)
    near, far = (read_picture(path) for path in (portraits[0], portraits[2]))
    scene[80:400, 160:480] = cv2.resize(near, (320, 320))
    scene[150:310, 480:640] = cv2.resize(far, (160, 160))
    return scene


def like(engine: FaceEngine, original: Image, face: FaceSighting, shown: Image) -> float:
    """How like the face is in the preview, at its place, to what the camera saw; -1: no face is found there.

    An attacker who has the picture would look there, enlarged, and with the engine of the gate.
    """
    scale = original.shape[1] / shown.shape[1]
    large = np.asarray(cv2.resize(shown, (original.shape[1], original.shape[0])), np.uint8)
    [truth] = [one for one in engine.detect(original, WITHIN) if one.box == face.box]
    assert scale >= 1.0
    aligned = engine.embed(large, truth)  # by the landmarks of the original: as good as it can be
    return float(np.dot(aligned, engine.embed(original, truth)))


@pytest.mark.parametrize(("blur", "foremost_is_known"), [(Blur.BYSTANDERS, True), (Blur.ALL, False)])
def test_who_is_blurred_is_recognised_by_nobody(
    engine: FaceEngine, two: Image, blur: Blur, foremost_is_known: bool
) -> None:
    faces = sorted(seen(engine, two), key=lambda face: -prominence(face.box, 640))
    assert len(faces) == 2
    shown = decoded(
        preview_of(Frame(two, 1, 1.0, "scene"), sighting_of(two, tuple(faces)), blur, finds_faces=True)
    )
    near, far = (like(engine, two, face, shown) for face in faces)
    assert (near > 0.6) is foremost_is_known
    assert far < 0.3


def test_where_nobody_looks_for_faces_all_of_the_picture_is_blurred(engine: FaceEngine, two: Image) -> None:
    shown = decoded(
        preview_of(Frame(two, 1, 1.0, "scene"), sighting_of(two), Blur.BYSTANDERS, finds_faces=False)
    )
    assert all(like(engine, two, face, shown) < 0.3 for face in seen(engine, two))


@pytest.mark.parametrize("size", [(640, 480), (1920, 1080), (1080, 1920), (320, 240), (64, 64), (3000, 70)])
def test_a_preview_is_small_whatever_the_camera_gives(size: tuple[int, int]) -> None:
    """Noise is the worst for a JPEG: what is still too large is not sent."""
    width, height = size
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    made = preview_of(Frame(noise, 1, 1.0, "noise"), sighting_of(noise), Blur.ALL, finds_faces=True)
    assert made is not None
    assert len(made.jpeg) <= MOST_JPEG_BYTES
    assert max(made.width, made.height) <= min(MOST_PREVIEW_SIDE, max(size))
    with Pillow.open(io.BytesIO(made.jpeg)) as picture:
        assert picture.size == (made.width, made.height)
        assert not picture.getexif()


def test_pictures_are_made_where_they_are_wanted_and_five_a_second_at_most() -> None:
    grey = np.full((48, 64, 3), 90, np.uint8)
    frame, searched, unsearched = Frame(grey, 1, 1.0, ""), sighting_of(grey), Sighting(1, 1.0, "", 64, 48)
    wanted = PreviewMaker(lambda now: Blur.ALL if now < 2.0 else None, finds_faces=True)
    times = [0.0, 0.05, 0.1, 0.21, 0.3, 0.42, 1.9, 2.0, 9.0]
    assert [now for now in times if wanted.of(frame, searched, now)] == [0.0, 0.21, 0.42, 1.9]
    assert PreviewMaker(lambda _: Blur.ALL, finds_faces=True).of(frame, unsearched, 0.0) is None, (
        "in a frame that was not searched nobody could be blurred"
    )
    assert PreviewMaker(lambda _: Blur.ALL, finds_faces=False).of(frame, unsearched, 0.0)


def test_the_meter_of_a_face_says_what_the_pipeline_judges_by(engine: FaceEngine, two: Image) -> None:
    faces = seen(engine, two)
    made = preview_of(Frame(two, 7, 3.0, "scene"), sighting_of(two, faces), Blur.ALL, finds_faces=True)
    assert made is not None
    assert (made.frame, made.captured, made.faces) == (7, 3.0, 2)
    meter = made.face
    assert meter is not None
    first = max(faces, key=lambda face: prominence(face.box, 640))
    assert meter.box.width == pytest.approx(first.box.width * 0.75)
    assert meter.size > 40.0
    assert meter.share == pytest.approx(first.box.height / 480, abs=0.001)
    assert 30.0 < meter.light < 255.0
    assert meter.to_enrol is None


SPOILT: dict[str, tuple[Callable[[Image], Image], str, int]] = {
    "too dark": (lambda scene: np.asarray(scene // 16, np.uint8), "dark", 1),
    "too bright": (lambda scene: np.asarray(np.clip(scene.astype(int) + 190, 0, 255), np.uint8), "bright", 1),
    "out of focus": (
        lambda scene: np.asarray(cv2.GaussianBlur(scene, (0, 0), 4.0), np.uint8),
        "sharpness",
        -1,
    ),
}


@pytest.mark.parametrize("how", SPOILT)
def test_the_meters_move_with_what_is_wrong_with_the_picture(how: str, two: Image) -> None:
    spoil, meter, sign = SPOILT[how]
    good, bad = (getattr(meter_picture(scene), meter) for scene in (two, spoil(two)))
    assert sign * (bad - good) > abs(good) * 0.5


def test_less_light_is_not_taken_for_less_focus(two: Image) -> None:
    dim = np.asarray(two // 2, np.uint8)
    assert meter_picture(dim).sharpness == pytest.approx(meter_picture(two).sharpness, rel=0.15)


@settings(derandomize=True, max_examples=tried(40))
@given(grey=st.integers(0, 255), height=st.integers(3, 40), width=st.integers(3, 40))
def test_a_picture_of_one_colour_has_figures_too(grey: int, height: int, width: int) -> None:
    meter = meter_picture(np.full((height, width, 3), grey, np.uint8))
    assert meter.light == pytest.approx(grey, abs=1.0)
    assert meter.sharpness == 0.0


def test_a_face_whose_landmarks_make_none_is_blurred_and_not_metered(two: Image, engine: FaceEngine) -> None:
    [face, *_] = seen(engine, two)
    odd = FaceSighting(1, face.box, 0.9, ((1.0, 1.0),) * 5)
    made = preview_of(Frame(two, 1, 1.0, ""), sighting_of(two, (odd,)), Blur.ALL, finds_faces=True)
    assert made is not None
    assert made.face is None
    assert like(engine, two, face, decoded(made)) < 0.3
