"""A capture session: good pictures of one person that differ, and what to ask for until it has them."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.decision import Cover
from edge.errors import VisionError
from edge.vision.cameras.folder import FolderCamera
from edge.vision.faces.capture_session import CapturePrompt, CaptureSession, capture, text_of
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.enrolment import SecondLook
from edge.vision.faces.mesh import FaceMesh
from edge.vision.faces.portraits import faces_in
from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from tests.covers import MASKS
from tests.edge.vision.conftest import can_be_enrolled

BLANK = np.full((240, 320, 3), 120, np.uint8)


@pytest.fixture
def people(engine: FaceEngine, portraits: list[Path]) -> tuple[Image, Image]:
    """Good pictures of two people."""
    good = (read_picture(path) for path in portraits[::2] if can_be_enrolled(engine, path))
    return next(good), next(good)


@pytest.mark.shared_data
def test_it_is_done_after_as_many_pictures_of_one_person_as_are_wanted(
    engine: FaceEngine, people: tuple[Image, Image]
) -> None:
    ann, bob = people
    session = CaptureSession(engine, wanted=2, same=engine.same_person)
    for image, now, prompt, captures in (
        (BLANK, 0.0, CapturePrompt.NOBODY, 0),
        (np.hstack([ann, ann]), 0.1, CapturePrompt.SEVERAL, 0),
        (np.asarray(cv2.resize(ann, (70, 70)), np.uint8), 0.2, "too_small", 0),
        (ann, 0.3, CapturePrompt.TURN_A_LITTLE, 1),
        (ann, 0.4, CapturePrompt.TURN_A_LITTLE, 1),  # the same pose, a moment later, adds nothing
        (bob, 9.0, CapturePrompt.SOMEBODY_ELSE, 1),
        (ann, 9.1, CapturePrompt.DONE, 2),  # some seconds later it does
    ):
        assert session.add(image, now) == prompt
        assert len(session.captures) == captures
    assert session.done
    assert [one.at for one in session.captures] == [0.3, 9.1]
    assert [one.template.shape for one in session.captures] == [(engine.dimensions,)] * 2


@pytest.mark.shared_data
def test_a_covered_face_is_asked_to_be_uncovered_and_after_some_seconds_taken_with_a_doubt(
    engine: FaceEngine, mesh: FaceMesh, people: tuple[Image, Image]
) -> None:
    ann, _ = people
    masked = MASKS["surgical"](ann, faces_in(ann, engine)[0], np.random.default_rng(1))
    insists, uncovers = (CaptureSession(engine, 1, engine.same_person, SecondLook(mesh)) for _ in range(2))
    assert [insists.add(masked, now) for now in (0.0, 3.0, 5.9)] == [Cover.MASK] * 3
    assert insists.add(masked, 6.1) is CapturePrompt.DONE
    assert ["perhaps a mask" in doubt for doubt in insists.captures[0].doubts] == [True]
    assert uncovers.add(masked, 0.0) is Cover.MASK
    assert uncovers.add(ann, 1.0) is CapturePrompt.DONE
    assert uncovers.captures[0].doubts == ()


def test_a_camera_is_read_to_its_end_and_a_bad_picture_passed_over(
    engine: FaceEngine, tmp_path: Path
) -> None:
    for name in ("1.png", "3.png"):
        cv2.imwrite(str(tmp_path / name), BLANK)
    (tmp_path / "2.png").write_bytes(b"not a picture")
    notified: list[tuple[str, int]] = []
    camera = FolderCamera(tmp_path, hold=0.0)
    captures = capture(
        camera,
        CaptureSession(engine, 1, 0.3),
        lambda prompt, count, _: notified.append((prompt, count)),
        within=600.0,
    )
    assert captures == ()
    assert notified == [(CapturePrompt.NOBODY, 0)] * 2


class EndlessCamera:
    """Shows a blank picture every second of its own clock; fails where it `fails`."""

    name = "endless"
    live = True
    closed = False

    def __init__(self, *, fails: bool = False) -> None:
        self._fails = fails
        self.asked = 0
        self._now = time.monotonic()

    def open(self) -> None:
        return

    def next_picture(self) -> tuple[Image, str, float] | None:
        self.asked += 1
        if self._fails:
            raise VisionError("unplugged", where=self.name)
        self._now += 1.0
        return BLANK, self.name, self._now

    def close(self) -> None:
        self.closed = True


def test_it_ends_after_the_time_that_it_is_given_by_the_pictures_own_clock(engine: FaceEngine) -> None:
    camera, prompts = EndlessCamera(), []
    session = CaptureSession(engine, 1, 0.3)
    assert capture(camera, session, lambda prompt, *_: prompts.append(prompt), within=3.0) == ()
    assert len(prompts) == 4, "at 0, 1, 2 and 3 seconds"
    assert camera.closed


def test_a_live_camera_that_fails_ends_it_and_is_closed(engine: FaceEngine) -> None:
    camera = EndlessCamera(fails=True)
    with pytest.raises(VisionError, match="unplugged"):
        capture(camera, CaptureSession(engine, 1, 0.3), lambda *_: None, within=600.0)
    assert camera.asked == 1, (
        "another picture may be good where a file was bad, not where the camera has gone"
    )
    assert camera.closed


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "完成，谢谢"),
        ("zh-Hans-CN", "完成，谢谢"),
        ("ZH", "完成，谢谢"),
        ("en", "Done, thank you"),
        ("de", "Done, thank you"),
    ],
)
def test_a_prompt_is_chinese_or_else_english(language: str, text: str) -> None:
    assert text_of(CapturePrompt.DONE, language) == text
