"""The newest frame of a camera: the same picture is not new, and a failure is reported and retried."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from queue import Queue

import numpy as np
import pytest

from edge.errors import VisionError
from edge.vision.cameras.camera import PictureRefused
from edge.vision.cameras.grabber import Grabber
from edge.vision.frame import Frame, Image
from edge.vision.reports import CameraReport, CameraState, InputRefused
from tests.edge.vision.conftest import code_image
from tests.waiting import PATIENT, first_of, soon

SCENE = code_image("a scene", width=320, height=240)
Step = Image | VisionError | threading.Event


def shifted(by: int) -> Image:
    return np.ascontiguousarray(np.roll(SCENE, by, axis=1))


class SteppedCamera:
    """A camera that does `steps` one by one: shows a picture, raises an error, waits for an event; then ends.

    Where it is `live`, it waits for its end instead.
    """

    name = "stepped"

    def __init__(self, *steps: Step, live: bool = True) -> None:
        self.live = live
        self.opened = 0
        self._steps = iter(steps)
        self.ended = threading.Event()

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        return

    def next_picture(self) -> tuple[Image, str, float] | None:
        for step in self._steps:
            if isinstance(step, threading.Event):
                step.wait(PATIENT)
            elif isinstance(step, VisionError):
                raise step
            else:
                return step, self.name, time.monotonic()
        if self.live:
            self.ended.wait(PATIENT)
        return None


Started = Callable[[SteppedCamera], tuple[Grabber, "Queue[CameraReport | InputRefused]"]]


@pytest.fixture
def started() -> Iterator[Started]:
    """Starts grabbers, and ends them after the test."""
    running: list[tuple[Grabber, SteppedCamera]] = []

    def start(camera: SteppedCamera) -> tuple[Grabber, Queue[CameraReport | InputRefused]]:
        sent: Queue[CameraReport | InputRefused] = Queue()
        grabber = Grabber(camera, sent.put, stall_after=PATIENT)
        grabber.start()
        running.append((grabber, camera))
        return grabber, sent

    yield start
    for grabber, camera in running:
        grabber.stop()
        camera.ended.set()


def all_of(grabber: Grabber) -> list[Frame]:
    frames: list[Frame] = []

    def ended() -> bool:
        frame = grabber.next_frame(timeout=0.01)
        if frame is not None:
            frames.append(frame)
        return grabber.finished

    soon(ended)
    return frames


def test_only_the_newest_frame_is_given_and_only_once(started: Started) -> None:
    grabber, _ = started(SteppedCamera(*map(shifted, range(1, 30)), live=False))
    soon(lambda: grabber._finished)
    [frame] = all_of(grabber)
    assert frame.number == 29
    assert np.array_equal(frame.image, shifted(29))
    assert grabber.next_frame(timeout=0.0) is None


def test_the_same_picture_again_is_no_new_frame_of_a_live_camera(started: Started) -> None:
    again, moved = threading.Event(), threading.Event()
    grabber, _ = started(SteppedCamera(SCENE, again, SCENE, SCENE, moved, shifted(9)))
    first = grabber.next_frame(PATIENT)
    again.set()
    assert grabber.next_frame(timeout=0.2) is None
    moved.set()
    second = grabber.next_frame(PATIENT)
    assert first is not None
    assert second is not None
    assert (first.number, second.number) == (1, 2)


def test_files_may_show_the_same_picture_twice(started: Started) -> None:
    grabber, _ = started(SteppedCamera(SCENE, SCENE, live=False))
    soon(lambda: grabber._finished)
    [frame] = all_of(grabber)
    assert frame.number == 2


def test_a_picture_that_cannot_be_read_is_reported_and_passed_over(started: Started) -> None:
    bad = PictureRefused("not a picture that can be read", where="2\x1b.png")
    grabber, sent = started(SteppedCamera(bad, SCENE))
    frame = grabber.next_frame(PATIENT)
    assert frame is not None
    refused = first_of(sent, lambda report: isinstance(report, InputRefused))
    assert isinstance(refused, InputRefused)
    assert refused.input == r"2\u001b.png", "a file's name is a stranger's"


def test_a_camera_that_fails_is_reported_and_opened_again(started: Started) -> None:
    camera = SteppedCamera(SCENE, VisionError("unplugged", where="stepped"), shifted(9))
    grabber, sent = started(camera)
    states = []
    for _ in range(3):
        report = sent.get(timeout=PATIENT)
        assert isinstance(report, CameraReport)
        states.append(report.state)
        if report.state is CameraState.GONE:
            assert report.detail == "stepped: unplugged"
    assert states == [CameraState.STREAMING, CameraState.GONE, CameraState.STREAMING]
    assert camera.opened == 2
    soon(lambda: grabber.next_frame(timeout=0.01) is not None)


class DimCamera(SteppedCamera):
    """A camera whose exposure can be biased; it keeps what it was asked for."""

    def __init__(self, *steps: Step) -> None:
        super().__init__(*steps)
        self.asked: list[float] = []

    def expose(self, stops: float) -> None:
        self.asked.append(stops)


def test_a_camera_is_asked_for_more_light_where_a_face_before_it_is_dark(started: Started) -> None:
    noted = threading.Event()
    camera = DimCamera(shifted(1), noted, shifted(2), shifted(3))
    grabber, _ = started(camera)
    assert grabber.next_frame(PATIENT) is not None
    grabber.note_faces(30.0)
    noted.set()
    soon(lambda: camera.asked == [0.5], "it was not asked once for half a stop")


def test_a_camera_whose_exposure_cannot_be_biased_is_left_alone(started: Started) -> None:
    noted = threading.Event()
    camera = SteppedCamera(shifted(1), noted, shifted(2))
    grabber, _ = started(camera)
    assert grabber.next_frame(PATIENT) is not None
    grabber.note_faces(30.0)
    noted.set()
    assert grabber.next_frame(PATIENT) is not None
