"""A camera that lies: black, one colour, or frozen under noise. The gate says that it is blind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.vision.cameras.scene import SceneWatch
from edge.vision.frame import Image
from tests.edge.vision.conftest import code_image
from tests.examples import few

RATE = 5.0  # pictures a second: as often as the watch looks


SHEET = np.random.default_rng(0).standard_normal((960, 1280, 3), np.float32)


def noisy(scene: Image, noise: float, seed: int = 0) -> Iterator[Image]:
    """The same scene for ever, under a sensor's noise: another cut from a large sheet of it each time."""
    draw = np.random.default_rng(seed)
    height, width = scene.shape[:2]
    while True:
        top, left = draw.integers(0, SHEET.shape[0] - height), draw.integers(0, SHEET.shape[1] - width)
        grain = noise * SHEET[top : top + height, left : left + width]
        yield np.asarray(cv2.add(scene, grain, dtype=cv2.CV_8U), np.uint8)


def one_colour(blue: int, green: int, red: int) -> Image:
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[:] = (blue, green, red)
    return picture


SCENE = code_image("a scene")


def first_blind(watch: SceneWatch, pictures: Iterator[Image], seconds: float) -> tuple[float, str] | None:
    """When the watch first calls the camera blind, and why."""
    for number in range(round(seconds * RATE)):
        why = watch.fault_of(next(pictures), number / RATE)
        if why:
            return number / RATE, why
    return None


@pytest.mark.parametrize("noise", [0.0, 2.0, 10.0, 40.0])
@pytest.mark.parametrize(
    ("colour", "word"),
    [
        ((0, 135, 0), "one colour"),
        ((0, 0, 0), "black"),
        ((128, 128, 128), "one colour"),
        ((255,) * 3, "one colour"),
    ],
)
def test_a_picture_without_an_edge_is_blindness_after_two_seconds(
    colour: tuple[int, int, int], word: str, noise: float
) -> None:
    found = first_blind(SceneWatch(0.0), noisy(one_colour(*colour), noise), 4.0)
    assert found is not None
    assert 2.0 <= found[0] < 2.5
    assert word in found[1] or noise == 40.0, "strong noise makes black brighter"


@pytest.mark.parametrize("noise", [0.5, 2.0, 5.0, 10.0, 20.0, 40.0])
def test_a_frozen_picture_is_found_under_any_noise(noise: float) -> None:
    found = first_blind(SceneWatch(20.0), noisy(SCENE, noise), 60.0)
    assert found is not None
    assert 20.0 <= found[0] < 30.0
    assert "noise" in found[1]


def test_a_frozen_picture_of_a_person_is_found_in_ten_seconds() -> None:
    watch = SceneWatch(0.0)
    watch.faces_in_view = True
    found = first_blind(watch, noisy(SCENE, 10.0), 20.0)
    assert found is not None
    assert 10.0 <= found[0] < 13.0
    assert "face" in found[1]


@pytest.mark.parametrize("noise", [2.0, 10.0])
def test_somebody_who_sways_by_a_few_pixels_is_alive(noise: float) -> None:
    watch = SceneWatch(20.0)
    watch.faces_in_view = True
    pictures = (next(noisy(np.roll(SCENE, number // 10 % 3, axis=1), noise, number)) for number in count())
    assert first_blind(watch, pictures, 30.0) is None


def test_a_scene_that_grows_darker_like_an_evening_is_no_frozen_picture() -> None:
    pictures = (
        next(noisy((SCENE * (1.0 - 0.0004 * number)).astype(np.uint8), 5.0, number)) for number in count()
    )
    assert first_blind(SceneWatch(20.0), pictures, 60.0) is None


def test_what_moves_ends_a_freeze_at_once() -> None:
    watch = SceneWatch(20.0)
    pictures = noisy(SCENE, 10.0)
    for number in range(200):
        why = watch.fault_of(next(pictures), number / RATE)
    assert why
    moved = SCENE.copy()
    moved[200:260, 300:330] = 255 - moved[200:260, 300:330]
    assert watch.fault_of(next(noisy(moved, 10.0, 1)), 200 / RATE) == ""


def test_a_lens_that_is_freed_is_believed_after_a_second_and_one_frame_is_nothing() -> None:
    watch, green, scene = SceneWatch(0.0), noisy(one_colour(0, 135, 0), 5.0), noisy(SCENE, 5.0)
    states = []
    for number in range(60):
        # Green for 4 s with one good frame in it, then the scene with one green frame in it.
        good = (number >= 20) != (number in {15, 40})
        states.append(bool(watch.fault_of(next(scene if good else green), number / RATE)))
    assert all(states[14:20]), "one good frame is no recovery"
    changes = [number for number in range(1, 60) if states[number] != states[number - 1]]
    assert len(changes) == 2, "it does not flutter"
    assert 25 <= changes[1] <= 27


@pytest.mark.longer
@pytest.mark.shared_data
def test_no_photograph_that_anybody_took_is_called_blind(shared_data: Path) -> None:
    paths = sorted((shared_data / "faces" / "lfw_dev").glob("*/*.jpg"))[::40]
    assert len(paths) > 20
    for path in few(paths, 9):
        picture = cv2.resize(np.asarray(cv2.imread(str(path)), np.uint8), (640, 480))
        for light in (1.0, 0.2):
            dimmed = (picture * light).astype(np.uint8)
            assert first_blind(SceneWatch(0.0), noisy(dimmed, 4.0), 3.0) is None, path
