"""What an enrolment makes of frames: of real faces, one, two, none, turned, covered and spoiled."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.decision import Cover, FaceProblem
from edge.enrolling import (
    lack_of,
)
from edge.enrolling.rows import Pose, degrees_of, rows_of
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.enrolment_eye import EnrolmentEye
from edge.vision.faces.mesh import FaceMesh
from edge.vision.faces.quality import ENROLMENT, fitness_of, judge
from edge.vision.frame import Frame, Image
from edge.vision.reports import Box, EnrolmentLook
from edge.vision.worker.worker import EnrolmentLooks
from tests.covers import MASKS
from tests.enrolling import LEFT, RIGHT, scene_of

BLANK = np.full((480, 640, 3), 120, np.uint8)


@pytest.fixture
def scenes(engine: FaceEngine, shared_data: Path) -> dict[float, Image]:
    return scene_of(engine, shared_data)


@pytest.fixture
def scene(scenes: dict[float, Image]) -> Image:
    """Somebody before a camera, looking into it."""
    return scenes[0.0]


def looked(engine: FaceEngine, image: Image, mesh: FaceMesh | None = None) -> EnrolmentLook:
    return EnrolmentEye(engine, mesh).look(Frame(image, 1, 5.0, "camera"))


def test_an_empty_lane_has_nobody_to_enrol(engine: FaceEngine) -> None:
    assert looked(engine, BLANK) == EnrolmentLook(5.0, 0, engine=engine.name)


@pytest.mark.shared_data
def test_a_good_face_gives_the_template_of_its_portrait(engine: FaceEngine, scene: Image) -> None:
    look = looked(engine, scene)
    assert (look.captured, look.faces, look.problems) == (5.0, 1, ())
    template = engine.embed(scene, engine.detect(scene, (480, 480))[0], mirrored=True)
    assert look.template == template.astype("<f4").tobytes()
    assert lack_of(rows_of(look, Pose.STRAIGHT)) is None


@pytest.mark.shared_data
def test_of_two_people_nobody_is_meant(engine: FaceEngine, scene: Image) -> None:
    look = looked(engine, np.hstack([scene, scene]))
    assert (look.faces, look.template) == (2, b"")


@pytest.mark.shared_data
@pytest.mark.parametrize(("angle", "pose"), [(LEFT, Pose.LEFT), (RIGHT, Pose.RIGHT)])
def test_a_head_that_turns_meets_the_row_of_its_direction_and_is_the_same_persons(
    engine: FaceEngine, scenes: dict[float, Image], angle: float, pose: Pose
) -> None:
    straight, turned = looked(engine, scenes[0.0]), looked(engine, scenes[angle])
    assert straight.pose is not None
    neutral = degrees_of(straight.pose)
    other = Pose.RIGHT if pose is Pose.LEFT else Pose.LEFT
    assert lack_of(rows_of(turned, pose, neutral)) is None
    assert lack_of(rows_of(turned, other, neutral)) is not None
    vectors = [np.frombuffer(look.template, "<f4") for look in (straight, turned)]
    assert float(vectors[0] @ vectors[1]) > engine.same_person


@pytest.mark.shared_data
def test_a_mask_is_asked_to_be_taken_off(engine: FaceEngine, scene: Image, mesh: FaceMesh) -> None:
    masked = MASKS["surgical"](scene, engine.detect(scene, (480, 480))[0], np.random.default_rng(1))
    look = looked(engine, masked, mesh)
    assert (look.covered, FaceProblem.COVERED in look.problems, look.template) == (Cover.MASK, True, b"")


@pytest.mark.shared_data
def test_everything_that_is_wrong_is_named_and_the_first_is_what_a_judge_names(
    engine: FaceEngine, scene: Image
) -> None:
    blurred = np.asarray(cv2.GaussianBlur(scene, (0, 0), 6), np.uint8)
    [face, *_] = engine.detect(scene, (480, 480))
    at_the_edge = replace(face, box=Box(0.0, face.box.top, face.box.width, face.box.height))
    fit = fitness_of(blurred, at_the_edge, ENROLMENT)
    assert {FaceProblem.CUT_OFF, FaceProblem.BLURRED} <= set(fit.problems)
    assert fit.problems[0] is judge(blurred, at_the_edge, ENROLMENT).problem


def test_looks_take_a_third_of_the_workers_time_at_most(engine: FaceEngine) -> None:
    """The gate decides on meanwhile: after each look it rests for twice as long."""
    looks = EnrolmentLooks(EnrolmentEye(engine), lambda _: True)
    frame, now = Frame(BLANK, 1, 5.0, "camera"), time.monotonic()
    assert looks.of(frame, now) is not None
    ended = time.monotonic()
    assert looks.of(frame, ended) is None
    assert looks.of(frame, ended + (ended - now)) is None
    assert looks.of(frame, ended + 60.0) is not None
    assert EnrolmentLooks(EnrolmentEye(engine), lambda _: False).of(frame, now) is None
    assert EnrolmentLooks(None, lambda _: True).of(frame, now) is None
