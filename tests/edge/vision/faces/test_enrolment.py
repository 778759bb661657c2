"""Enrolment from a photograph: one good face is taken, the rest is refused by name."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import VisionError
from edge.vision.faces.engine import DetectedFace, FaceEngine
from edge.vision.faces.enrolment import PICTURED, SecondLook, is_ambiguous, portrait_of
from edge.vision.faces.mesh import FaceMesh
from edge.vision.faces.portraits import faces_in
from edge.vision.liveness.minifasnet import MiniFasNets
from edge.vision.pictures.reading import read_picture
from edge.vision.reports import Box
from tests.attacks.made import Species, presentation
from tests.covers import MASKS
from tests.edge.vision.conftest import can_be_enrolled
from tests.examples import alike


@pytest.mark.shared_data
def test_enrolment_takes_one_good_face_and_refuses_the_rest_by_name(
    engine: FaceEngine, portraits: list[Path], tmp_path: Path
) -> None:
    good = next(path for path in portraits if can_be_enrolled(engine, path))
    assert portrait_of(good, engine).template.shape == (128,)
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
            portrait_of(path, engine)
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


@pytest.mark.shared_data
def test_a_face_that_seems_covered_is_refused_with_a_way_to_take_it_all_the_same(
    engine: FaceEngine, mesh: FaceMesh, uncovered: list[Path], tmp_path: Path
) -> None:
    image, look = read_picture(uncovered[0]), SecondLook(mesh=mesh)
    masked = tmp_path / "masked.png"
    drawn = MASKS["surgical"](image, faces_in(image, engine)[0], np.random.default_rng(1))
    cv2.imwrite(str(masked), drawn)
    with pytest.raises(VisionError, match=r"perhaps a mask.*--as-they-are"):
        portrait_of(masked, engine, look)
    taken = portrait_of(masked, engine, look, as_they_are=True)
    assert taken.template.shape == (128,)
    assert [doubt for doubt in taken.doubts if "perhaps a mask" in doubt] == [*taken.doubts] != []
    assert portrait_of(uncovered[0], engine, look).doubts == ()
    assert portrait_of(masked, engine).doubts == (), "without the mesh nothing is said of covers"


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "species", alike([Species.CARD, Species.PHONE, Species.CLOSE_PRINT, Species.CLOSE_SCREEN])
)
def test_a_photograph_of_a_photograph_is_taken_and_said(
    species: Species, engine: FaceEngine, nets: MiniFasNets, uncovered: list[Path], tmp_path: Path
) -> None:
    look, said, enrolled = SecondLook(liveness=nets), 0, 0
    for number, path in enumerate(uncovered):
        shown = tmp_path / f"{number}.png"
        cv2.imwrite(str(shown), next(iter(presentation(species, read_picture(path), number))))
        if can_be_enrolled(engine, shown):
            enrolled += 1
            said += PICTURED in portrait_of(shown, engine, look).doubts
    assert enrolled >= 5
    assert said >= 0.6 * enrolled


@pytest.mark.shared_data
def test_of_a_photograph_of_a_person_nothing_is_said(
    engine: FaceEngine, nets: MiniFasNets, mesh: FaceMesh, uncovered: list[Path]
) -> None:
    look = SecondLook(mesh, nets)
    doubts = [portrait_of(path, engine, look).doubts for path in uncovered if can_be_enrolled(engine, path)]
    assert len(doubts) - doubts.count(()) <= 1
