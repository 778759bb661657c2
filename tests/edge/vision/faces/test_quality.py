"""What is asked of a face before it counts, one property after another, on photographs of people."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.decision import TEXTS, Cover, FaceProblem, Reason
from edge.errors import VisionError
from edge.liveness import HeadPose, Landmarks, pose_of
from edge.vision.faces.engine import DetectedFace, FaceEngine
from edge.vision.faces.enrolment import template_of
from edge.vision.faces.portraits import faces_in
from edge.vision.faces.quality import ENROLMENT, PASSAGE, judge
from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from edge.vision.reports import Box
from tests.covers import MASKS

STRAIGHT = ((40.0, 50.0), (80.0, 50.0), (60.0, 72.4), (45.0, 90.0), (75.0, 90.0))


def face_of(landmarks: tuple[tuple[float, float], ...], box: Box | None = None) -> DetectedFace:
    return DetectedFace(box or Box(20, 10, 80, 100), landmarks, 0.9)


def held(landmarks: Landmarks) -> HeadPose:
    pose = pose_of(landmarks)
    assert pose is not None
    return pose


def test_a_head_that_is_held_straight_has_no_turn_no_nod_and_no_tilt() -> None:
    pose = held(STRAIGHT)
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)


@pytest.mark.parametrize("angle", [-40.0, -10.0, 15.0, 60.0])
def test_a_tilted_head_is_tilted_and_neither_turned_nor_nodding(angle: float) -> None:
    turn = np.exp(1j * np.radians(angle))
    points = tuple((z.real, z.imag) for z in (complex(x, y) * turn for x, y in STRAIGHT))
    pose = held(points)
    assert pose.roll == pytest.approx(angle)
    assert (pose.yaw, pose.pitch) == pytest.approx((0.0, 0.0), abs=1e-9)


@pytest.mark.parametrize(
    ("nose", "turn", "down"), [((80.0, 72.4), 0.5, False), ((50.0, 72.4), -0.25, False), ((60, 84), 0, True)]
)
def test_the_nose_says_where_a_head_is_turned(nose: tuple[float, float], turn: float, down: bool) -> None:
    pose = held((*STRAIGHT[:2], nose, *STRAIGHT[3:]))
    assert pose.yaw == pytest.approx(turn)
    assert (pose.pitch > 0.2) == down


@pytest.mark.parametrize(
    "landmarks",
    [
        ((1.0, 1.0),) * 5,
        ((40.0, 50.0), (40.0, 50.0), (60.0, 72.0), (45.0, 90.0), (75.0, 90.0)),
        ((40.0, 50.0), (80.0, 50.0), (60.0, 30.0), (45.0, 10.0), (75.0, 10.0)),
    ],
)
def test_landmarks_that_make_no_face_are_no_use_and_no_error(
    landmarks: tuple[tuple[float, float], ...],
) -> None:
    quality = judge(np.full((200, 200, 3), 128, np.uint8), face_of(landmarks), PASSAGE)
    assert quality.problem is not None
    assert quality.score == 0.0


def darker(image: Image) -> Image:
    return (image * 0.25).astype(np.uint8)


def brighter(image: Image) -> Image:
    return (255 - (255 - image) * 0.2).astype(np.uint8)


def flat(image: Image) -> Image:
    return (100 + image * 0.25).astype(np.uint8)


def blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 6), np.uint8)


def small(image: Image) -> Image:
    return np.asarray(cv2.resize(image, (70, 70), interpolation=cv2.INTER_AREA), np.uint8)


def against_the_light(image: Image) -> Image:
    scene = np.full((500, 500, 3), 250, np.uint8)
    scene[125:375, 125:375] = (image * 0.42).astype(np.uint8)
    return scene


def too_near(image: Image) -> Image:
    return np.asarray(cv2.resize(image[75:180, 70:180], (440, 420)), np.uint8)


def half_of_it(image: Image) -> Image:
    return np.ascontiguousarray(image[:, 105:])


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (small, {FaceProblem.TOO_SMALL}),
        (darker, {FaceProblem.TOO_DARK}),
        (brighter, {FaceProblem.TOO_BRIGHT}),
        (flat, {FaceProblem.LOW_CONTRAST}),
        (blurred, {FaceProblem.BLURRED}),
        (against_the_light, {FaceProblem.BACKLIT}),
        (too_near, {FaceProblem.TOO_CLOSE}),
        (half_of_it, {FaceProblem.CUT_OFF, FaceProblem.TURNED_AWAY}),
    ],
)
def test_each_fault_of_a_picture_is_named_for_most_people(
    change: Callable[[Image], Image], problems: set[FaceProblem], engine: FaceEngine, uncovered: list[Path]
) -> None:
    named, seen = 0, 0
    for path in uncovered:
        image = change(read_picture(path))
        faces = faces_in(image, engine)
        if faces:
            seen += 1
            named += judge(image, faces[0], ENROLMENT).problem in problems
    assert seen >= len(uncovered) // 2
    assert named >= 0.75 * seen


@pytest.mark.parametrize(("angle", "problem"), [(8.0, None), (20.0, FaceProblem.TILTED)])
def test_a_head_that_is_held_to_the_side_is_tilted(
    angle: float, problem: FaceProblem | None, engine: FaceEngine, uncovered: list[Path]
) -> None:
    image = read_picture(uncovered[3])
    face = faces_in(image, engine)[0]
    around = np.asarray(cv2.getRotationMatrix2D((125, 125), -angle, 1.0))
    warped: Image = np.asarray(
        cv2.warpAffine(image, around, (250, 250), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
    points = np.array(face.landmarks) @ around[:, :2].T + around[:, 2]
    landmarks = tuple((float(x), float(y)) for x, y in points)
    assert judge(warped, face_of(landmarks, face.box), ENROLMENT).problem is problem


def test_good_photographs_have_no_problem(engine: FaceEngine, uncovered: list[Path]) -> None:
    problems = []
    for path in uncovered:
        image = read_picture(path)
        problems.append(judge(image, faces_in(image, engine)[0], PASSAGE).problem)
    assert problems.count(None) >= len(uncovered) - 1


def test_the_landmarks_of_the_second_engine_are_judged_as_kindly(portraits: list[Path]) -> None:
    pytest.importorskip("dlib")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from edge.vision.faces.dlib_engine import open_dlib

        dlib = open_dlib()
    problems = []
    for path in portraits[:60:3]:
        image = read_picture(path)
        found = faces_in(image, dlib)
        problems += [judge(image, found[0], PASSAGE).problem] if found else []
    assert len(problems) >= 15
    assert problems.count(None) >= 0.85 * len(problems)


def test_what_passes_at_enrolment_passes_at_the_gate(engine: FaceEngine, portraits: list[Path]) -> None:
    for path in portraits[:40]:
        image = read_picture(path)
        face = faces_in(image, engine)[0]
        if judge(image, face, ENROLMENT).problem is None:
            assert judge(image, face, PASSAGE).problem is None


def test_a_better_picture_of_the_same_face_scores_higher(engine: FaceEngine, portraits: list[Path]) -> None:
    image = read_picture(portraits[0])
    face = faces_in(image, engine)[0]
    blurred = np.asarray(cv2.GaussianBlur(image, (0, 0), 2), np.uint8)
    assert judge(image, face, PASSAGE).score > judge(blurred, face, PASSAGE).score > 0.0


@pytest.mark.parametrize("problem", list(FaceProblem))
def test_each_problem_has_all_that_is_said_of_it(problem: FaceProblem) -> None:
    assert TEXTS[Reason(f"face_{problem}")] == problem.gate
    assert all((*problem.gate, *problem.enrolment, problem.what, problem.remedy))


def test_a_covered_face_is_refused_at_enrolment_and_only_said_at_the_gate(
    tmp_path: Path, engine: FaceEngine, uncovered: list[Path]
) -> None:
    image = read_picture(uncovered[0])
    masked = MASKS["surgical"](image, faces_in(image, engine)[0], np.random.default_rng(1))
    face = faces_in(masked, engine)[0]
    assert judge(masked, face, PASSAGE).covered is Cover.MASK
    assert judge(masked, face, PASSAGE).problem is None
    path = tmp_path / "masked.png"
    cv2.imwrite(str(path), masked)
    with pytest.raises(VisionError, match="mask"):
        template_of(path, engine)


WITHIN = (320, 320)


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
