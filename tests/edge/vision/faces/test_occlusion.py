"""Masks, sunglasses and hands over a face, and what is none of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.decision import Cover
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.mesh import FaceMesh
from edge.vision.faces.occlusion import CoverScales, Suspicion
from edge.vision.faces.portraits import faces_in
from edge.vision.frame import Image
from edge.vision.liveness.factory import MESH
from edge.vision.pictures.reading import read_picture
from models.covers import covers_of
from tests.bench.worn import worn
from tests.covers import MASKS, SUNGLASSES, clear_glasses, hand
from tests.covers import Cover as Draw
from tests.examples import alike
from tests.spoiled import HARMLESS, Spoil


def seen(image: Image, engine: FaceEngine, mesh: FaceMesh) -> Suspicion | None:
    reading = mesh.read(image, faces_in(image, engine)[0])
    assert reading is not None
    return reading.covered


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("draw", "cover"),
    [
        pytest.param(hand, Cover.HAND, id="hand"),
        *alike((pytest.param(draw, Cover.MASK, id=name) for name, draw in MASKS.items()), short=2),
        *alike((pytest.param(draw, Cover.SUNGLASSES, id=name) for name, draw in SUNGLASSES.items()), short=2),
    ],
)
def test_what_covers_a_face_is_seen_over_nearly_every_face(
    draw: Draw, cover: Cover, engine: FaceEngine, mesh: FaceMesh, uncovered: list[Path]
) -> None:
    draw_from = np.random.default_rng(3)
    found = []
    for path in uncovered:
        image = read_picture(path)
        found.append(seen(draw(image, faces_in(image, engine)[0], draw_from), engine, mesh))
    assert found.count(Suspicion(cover, sure=True)) >= len(found) - 2


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "spoil",
    [lambda image, *_: image, clear_glasses, *HARMLESS.values()],
    ids=["as it is", "clear glasses", *HARMLESS],
)
def test_poor_light_and_a_poor_camera_cover_nothing(
    spoil: Spoil, engine: FaceEngine, mesh: FaceMesh, uncovered: list[Path]
) -> None:
    draw_from = np.random.default_rng(4)
    found = []
    for path in uncovered:
        image = read_picture(path)
        found.append(seen(spoil(image, faces_in(image, engine)[0], draw_from), engine, mesh))
    assert found == [None] * len(found)


@pytest.mark.shared_data
def test_sunglasses_that_people_really_wear_are_seen_more_often_than_not(
    engine: FaceEngine, mesh: FaceMesh, shared_data: Path
) -> None:
    """Of those on whom nothing was fitted: the people with an odd number."""
    people = sorted((shared_data / "faces" / "lfw_dev").iterdir())[1::2]
    wear = {name for name, what in worn().items() if what == "sunglasses"}
    pictures = [path for person in people for path in person.glob("*.jpg") if path.stem in wear]
    found = [seen(read_picture(path), engine, mesh) for path in pictures]
    assert found.count(Suspicion(Cover.SUNGLASSES, sure=True)) > len(pictures) / 2 >= 5


@pytest.mark.parametrize(
    ("added", "suspicion"),
    [
        ({"mask": -2.0, "hand": -3.0}, None),
        ({"mask": 0.0, "hand": -3.0}, Suspicion(Cover.MASK, sure=False)),
        ({"mask": 2.0, "hand": 3.0}, Suspicion(Cover.HAND, sure=True)),
    ],
)
def test_the_likeliest_cover_is_said_as_surely_as_it_is_seen(
    added: dict[str, float], suspicion: Suspicion | None
) -> None:
    fitted = covers_of(MESH)
    weights = {name: fitted.weights[name] for name in added}
    scales = CoverScales(type(fitted)(MESH, "made up", weights, added))
    assert scales.suspicion(np.zeros(2048, np.float32)) == suspicion


def test_there_are_weights_for_every_cover_that_may_be_said() -> None:
    fitted = covers_of(MESH)
    assert {*fitted.weights} == {*fitted.added} == {*Cover}
    assert {len(weights) for weights in fitted.weights.values()} == {2048}
