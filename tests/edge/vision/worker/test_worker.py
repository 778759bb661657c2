"""The worker's loop on cameras that hang, lie, stutter or are not there: it reports what is the matter."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import numpy as np
from msgspec.structs import replace

from edge.vision.codes.factory import open_reader
from edge.vision.configuration import CodeReaderName, FaceEngineName, VisionConfiguration, WorkerTask
from edge.vision.frame import Image
from edge.vision.pipeline import Pipeline
from edge.vision.reports import CameraReport, CameraState, Heartbeat, InputRefused, Sighting, WorkerReport
from edge.vision.worker.process import START_ANEW, start_worker
from edge.vision.worker.wire import PreviewWish
from edge.vision.worker.worker import DRIVER_HANGS, watch_camera
from tests.edge.vision.cameras.network_cameras import moving
from tests.edge.vision.conftest import code_image
from tests.edge.vision.drawn import by_pillow, put
from tests.waiting import PATIENT, pause


def test_a_camera_that_is_not_there_is_reported_with_what_to_do() -> None:
    worker = start_worker(WorkerTask(VisionConfiguration(camera="v4l2:99", faces=FaceEngineName.NONE)))
    gone = next(report for report in worker.reports() if isinstance(report, CameraReport))
    worker.close()
    assert gone.state is CameraState.GONE
    assert "plugged in" in gone.detail


PATIENTLY = VisionConfiguration(faces=FaceEngineName.NONE, stall_after=PATIENT)
"""A busy machine, which gives no picture for a second, is not taken for a camera that stalls."""


class ScriptedCamera:
    """A live camera that gives `pictures` one by one; where they end, its driver does not come back."""

    name = "scripted"

    def __init__(self, pictures: Iterator[Image]) -> None:
        self.live = True
        self._pictures = pictures
        self._ended = threading.Event()

    def end(self) -> None:
        """Let its reader go, for good."""
        self.live = False
        self._ended.set()

    def open(self) -> None:
        return

    def next_picture(self) -> tuple[Image, str, float] | None:
        pause(0.02)
        picture = None if self._ended.is_set() else next(self._pictures, None)
        if picture is None:
            self._ended.wait(60.0)
            return None
        return picture, self.name, time.monotonic()

    def close(self) -> None:
        return


def looked_at(
    camera: ScriptedCamera,
    enough: Callable[[WorkerReport], bool],
    changed: Callable[[], bool] = lambda: False,
    vision: VisionConfiguration = PATIENTLY,
    hanging: float = 2 * PATIENT,
    wish: PreviewWish | None = None,
) -> tuple[int | None, list[WorkerReport]]:
    """The worker's loop on `camera`, until it ends by itself or has said `enough`."""
    said: list[WorkerReport] = []
    ended: Queue[int | None] = Queue()

    def send(report: WorkerReport) -> None:
        said.append(report)
        if enough(report):
            ended.put(None)

    wish = wish or PreviewWish()
    pipeline = Pipeline(vision, None, open_reader(CodeReaderName.ZXING))
    loop = threading.Thread(
        target=lambda: ended.put(
            watch_camera(WorkerTask(vision), camera, pipeline, send, changed, wish, hanging=hanging)
        ),
        daemon=True,
    )
    loop.start()
    code = ended.get(timeout=PATIENT)
    so_far = list(said)
    camera.end()
    loop.join(PATIENT)
    return code, so_far


def states(said: list[WorkerReport]) -> list[CameraState]:
    return [report.state for report in said if isinstance(report, CameraReport)]


def first(pictures: Iterator[Image], number: int) -> Iterator[Image]:
    return (picture for _, picture in zip(range(number), pictures, strict=False))


def test_a_driver_that_hangs_is_reported_as_stalled_and_ends_the_worker() -> None:
    """Only another process gets rid of it: the supervisor starts one."""
    impatient = replace(PATIENTLY, stall_after=0.3)
    camera = ScriptedCamera(first(moving(), 5))
    code, said = looked_at(camera, lambda _: False, vision=impatient, hanging=1.0)
    assert code == DRIVER_HANGS
    assert states(said)[0] is CameraState.STREAMING
    assert states(said)[-1] is CameraState.STALLED
    assert [report for report in said if isinstance(report, Heartbeat)], (
        "it was alive while its driver was not"
    )


def test_a_camera_that_was_plugged_in_again_gets_another_worker() -> None:
    code, _ = looked_at(ScriptedCamera(moving()), lambda _: False, changed=lambda: True)
    assert code == START_ANEW


def test_a_blind_camera_is_reported_and_its_pictures_are_not_analysed() -> None:
    draw = np.random.default_rng(0)

    def green() -> Iterator[Image]:
        yield from first(moving(), 5)
        while True:
            yield (np.array((0, 135, 0), np.uint8) + draw.integers(0, 9, (480, 640, 3), np.uint8)).astype(
                np.uint8
            )

    beats: list[WorkerReport] = []

    def enough(report: WorkerReport) -> bool:
        """Blind, and alive for three beats after that."""
        if beats or is_blind(report):
            beats.append(report)
        return sum(isinstance(item, Heartbeat) for item in beats) > 2

    _, said = looked_at(ScriptedCamera(green()), enough)
    assert states(said) == [CameraState.STREAMING, CameraState.BLIND]
    [at] = [report.at for report in said if isinstance(report, CameraReport) and is_blind(report)]
    assert not [report for report in said if isinstance(report, Sighting) and report.captured >= at]


def is_blind(report: WorkerReport) -> bool:
    return isinstance(report, CameraReport) and report.state is CameraState.BLIND


def test_a_gates_folder_camera_goes_on_after_a_bad_picture(tmp_path: Path) -> None:
    """Through the worker, as a gate or the demo runs it; every picture is held until it was seen."""
    (tmp_path / "1.png").write_bytes(by_pillow(code_image("code 1"), "PNG"))
    put(tmp_path, b"2\xff.png", b"not one")
    (tmp_path / "3.png").write_bytes(by_pillow(code_image("code 3"), "PNG"))
    vision = VisionConfiguration(camera=f"folder:{tmp_path}", faces=FaceEngineName.NONE, hold=1.0)
    worker = start_worker(WorkerTask(vision))
    reports = list(worker.reports())
    worker.close()
    codes = {code.text for one in reports if isinstance(one, Sighting) for code in one.codes}
    assert codes == {"code 1", "code 3"}
    [refused] = [one for one in reports if isinstance(one, InputRefused)]
    assert refused.input.endswith(r"/2\xff.png")
    assert "not a picture that can be read" in refused.reason
    states = [one.state for one in reports if isinstance(one, CameraReport)]
    assert states == [CameraState.STREAMING, CameraState.FINISHED]
