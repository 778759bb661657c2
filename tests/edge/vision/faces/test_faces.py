"""Faces: found, judged, turned into templates, followed from frame to frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import FaceProblem
from edge.errors import VisionError
from edge.vision.codes.factory import open_reader
from edge.vision.configuration import ENGINE_NAMES, CodeReaderName, FaceEngineName, VisionConfiguration
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.enrolment import template_of
from edge.vision.faces.factory import open_engine
from edge.vision.faces.quality import PASSAGE, judge
from edge.vision.faces.tracking import Tracker, overlap
from edge.vision.frame import Frame, Image
from edge.vision.pictures.reading import read_picture
from edge.vision.pipeline import Pipeline
from edge.vision.reports import Box
from tests.edge.vision.conftest import code_image

WITHIN = (320, 320)


def test_the_gate_knows_the_engines_by_the_names_that_they_write(engine: FaceEngine) -> None:
    assert ENGINE_NAMES[FaceEngineName.SFACE] == engine.name
    dlib = pytest.importorskip("edge.vision.faces.dlib_engine")
    assert ENGINE_NAMES[FaceEngineName.DLIB] == dlib.NAME


@pytest.mark.shared_data
def test_two_photographs_of_one_person_are_nearer_than_those_of_two(
    engine: FaceEngine, portraits: list[Path]
) -> None:
    def template(path: Path) -> np.ndarray:
        image = read_picture(path)
        return engine.embed(image, engine.detect(image, WITHIN)[0])

    templates = [template(path) for path in portraits[:40]]
    assert all(abs(np.linalg.norm(vector) - 1) < 1e-5 for vector in templates)
    same = [float(templates[place] @ templates[place + 1]) for place in range(0, 40, 2)]
    other = [float(templates[place] @ templates[place + 2]) for place in range(0, 38, 2)]
    assert np.median(same) > 0.5
    assert max(other) < 0.4


@pytest.mark.shared_data
def test_the_second_engine_tells_people_apart_too(portraits: list[Path]) -> None:
    try:
        engine = open_engine(FaceEngineName.DLIB)
    except VisionError as error:
        pytest.skip(f"LOUD SKIP: {error}")
    assert engine is not None
    templates = []
    for path in portraits[:8]:
        image = read_picture(path)
        faces = engine.detect(image, WITHIN)
        templates.append(engine.embed(image, faces[0]) if faces else None)
    pairs = [
        (one @ other, place // 2 == (place + step) // 2)
        for step in (1, 2)
        for place, one in enumerate(templates[:-step])
        if one is not None and (other := templates[place + step]) is not None
    ]
    same = [score for score, is_same in pairs if is_same]
    different = [score for score, is_same in pairs if not is_same]
    assert min(same) > np.median(different)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("problem", "spoil"),
    [
        (None, lambda image: image),
        (FaceProblem.TOO_DARK, lambda image: (image * 0.2).astype(np.uint8)),
        (FaceProblem.TOO_BRIGHT, lambda image: np.clip(image * 0.2 + 205, 0, 255).astype(np.uint8)),
        (FaceProblem.BLURRED, lambda image: cv2.GaussianBlur(image, (0, 0), 5)),
        (FaceProblem.TOO_SMALL, lambda image: cv2.resize(image, None, fx=0.35, fy=0.35)),
    ],
)
def test_a_poor_face_says_what_is_wrong_with_it(
    engine: FaceEngine, portraits: list[Path], problem: FaceProblem | None, spoil: object
) -> None:
    assert callable(spoil)
    verdicts = []
    for path in portraits[:30:2]:
        image: Image = spoil(read_picture(path))
        faces = engine.detect(image, WITHIN)
        verdicts += [judge(image, faces[0], PASSAGE).problem] if faces else []
    assert verdicts.count(problem) >= 0.8 * len(verdicts) > 0


@pytest.mark.shared_data
def test_enrolment_takes_one_good_face_and_refuses_the_rest_by_name(
    engine: FaceEngine, portraits: list[Path], tmp_path: Path
) -> None:
    good = next(path for path in portraits if judge_of(engine, path))
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


def judge_of(engine: FaceEngine, path: Path) -> bool:
    try:
        template_of(path, engine)
    except VisionError:
        return False
    return True


# --- tracking ------------------------------------------------------------------------------


def test_a_face_keeps_its_number_while_it_moves_and_loses_it_when_it_was_away() -> None:
    tracker = Tracker(0.4)
    [first] = tracker.follow([Box(100, 100, 80, 80)], 0.0)
    assert tracker.follow([Box(110, 105, 80, 80)], 0.2) == (first,)
    assert tracker.follow([], 0.5) == ()
    assert tracker.follow([Box(115, 105, 80, 80)], 0.9) == (first,), "a short blink is no departure"
    assert tracker.follow([Box(115, 105, 80, 80)], 2.5) != (first,)


HERE, THERE = Box(100, 100, 80, 80), Box(400, 100, 80, 80)
ANN, BOB = np.eye(4, dtype=np.float32)[:2]


def test_anyone_who_steps_into_somebodys_place_is_somebody_else() -> None:
    tracker = Tracker(0.4)
    [first] = tracker.follow([HERE], 0.0)
    assert tracker.identify(first, ANN, 0.0) == first
    assert tracker.follow([HERE], 0.2) == (first,)
    second = tracker.identify(first, BOB, 0.2)
    assert second != first
    assert tracker.follow([HERE], 0.4) == (second,)


def test_a_known_face_that_was_lost_from_sight_goes_on_where_it_turns_up() -> None:
    tracker = Tracker(0.4)
    [first] = tracker.follow([HERE], 0.0)
    tracker.identify(first, ANN, 0.0)
    [jumped] = tracker.follow([THERE], 0.3)
    assert jumped != first
    assert tracker.identify(jumped, ANN, 0.3) == first
    assert tracker.follow([THERE], 0.5) == (first,)


def test_a_face_in_view_is_not_taken_for_its_neighbour() -> None:
    """Two pictures of one person at once (a poster behind them) stay two tracks."""
    tracker = Tracker(0.4)
    one, other = tracker.follow([HERE, THERE], 0.0)
    assert tracker.identify(one, ANN, 0.0) == one
    assert tracker.identify(other, ANN, 0.0) == other


_boxes = st.builds(Box, st.floats(0, 500), st.floats(0, 400), st.floats(5, 200), st.floats(5, 200))


@given(st.lists(st.lists(_boxes, max_size=5), max_size=20))
def test_no_two_faces_of_a_frame_share_a_number(frames: list[list[Box]]) -> None:
    tracker = Tracker(0.4)
    for place, boxes in enumerate(frames):
        numbers = tracker.follow(boxes, place * 0.1)
        assert len(set(numbers)) == len(boxes) == len(numbers)


@given(_boxes, _boxes)
def test_overlap_is_a_share_and_the_same_both_ways(one: Box, other: Box) -> None:
    assert 0.0 <= overlap(one, other) <= 1.0
    assert overlap(one, other) == pytest.approx(overlap(other, one))
    assert overlap(one, one) == pytest.approx(1.0)


# --- pipeline ------------------------------------------------------------------------------


def frames_of(image: Image, count: int, step: float = 0.1) -> list[Frame]:
    return [Frame(image, number + 1, 50.0 + number * step, "camera") for number in range(count)]


def pipeline(engine: FaceEngine | None) -> Pipeline:
    return Pipeline(VisionConfiguration(), engine, open_reader(CodeReaderName.ZXING))


def test_an_empty_lane_is_only_watched(engine: FaceEngine) -> None:
    looker = pipeline(engine)
    seen = [looker.analyse(frame) for frame in frames_of(np.full((480, 640, 3), 120, np.uint8), 20)]
    looked = [sighting for sighting in seen if "detect" in sighting.timings]
    assert 3 <= len(looked) <= 6, "at first and every half second, in two seconds"


@pytest.mark.shared_data
def test_anyone_who_stands_there_is_embedded_a_few_times_and_not_in_every_frame(
    engine: FaceEngine, portraits: list[Path]
) -> None:
    looker = pipeline(engine)
    picture = read_picture(next(path for path in portraits if judge_of(engine, path)))
    seen = [looker.analyse(frame) for frame in frames_of(picture, 50)]
    tracks = {face.track for sighting in seen for face in sighting.faces}
    embedded = [sighting.frame for sighting in seen if any(face.template for face in sighting.faces)]
    assert len(tracks) == 1
    assert embedded[:3] == [1, 2, 3]
    assert len(embedded) <= 6, "three at first, then one every two seconds"


def test_a_code_in_view_is_read_in_its_first_frame(engine: FaceEngine) -> None:
    looker = pipeline(engine)
    seen = [looker.analyse(frame) for frame in frames_of(code_image("hello"), 3)]
    assert [[code.text for code in sighting.codes] for sighting in seen] == [["hello"]] * 3


def test_a_still_stands_alone_and_is_searched_harder() -> None:
    looker = pipeline(None)
    faint = (128 + (code_image("faint").astype(np.int16) - 128) // 12).astype(np.uint8)
    still = Frame(faint, 1, 0.0, "faint.png", still=True)
    assert [code.text for code in looker.analyse(still).codes] == ["faint"]
