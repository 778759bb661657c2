"""Cameras that hang, lie, refuse or stutter, on real sockets; the worker's loop says what is the matter."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from edge.errors import VisionError
from edge.vision.cameras.capture import NetworkCamera
from edge.vision.cameras.network import diagnose
from edge.vision.codes.factory import open_reader
from edge.vision.configuration import CodeReaderName, FaceEngineName, VisionConfiguration, WorkerTask
from edge.vision.frame import Image
from edge.vision.pipeline import Pipeline
from edge.vision.reports import CameraReport, CameraState, Heartbeat, Sighting, WorkerReport
from edge.vision.worker.process import START_ANEW
from edge.vision.worker.worker import DRIVER_HANGS, watch_camera
from tests.edge.vision.conftest import code_image
from tests.waiting import PATIENT, pause

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
        """Let anyone who reads it go, for good."""
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


def moving(seed: int = 0) -> Iterator[Image]:
    draw = np.random.default_rng(seed)
    while True:
        yield np.roll(code_image("moving"), int(draw.integers(1, 40)), axis=1)


def looked_at(
    camera: ScriptedCamera,
    enough: Callable[[WorkerReport], bool],
    changed: Callable[[], bool] = lambda: False,
    vision: VisionConfiguration = PATIENTLY,
    hanging: float = 2 * PATIENT,
) -> tuple[int | None, list[WorkerReport]]:
    """The worker's loop on `camera`, until it ends by itself or has said `enough`."""
    said: list[WorkerReport] = []
    ended: Queue[int | None] = Queue()

    def send(report: WorkerReport) -> None:
        said.append(report)
        if enough(report):
            ended.put(None)

    pipeline = Pipeline(vision, None, open_reader(CodeReaderName.ZXING))
    loop = threading.Thread(
        target=lambda: ended.put(
            watch_camera(WorkerTask(vision), camera, pipeline, send, changed, hanging=hanging)
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


def test_a_driver_that_hangs_is_said_to_stall_and_ends_the_worker() -> None:
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


def test_a_blind_camera_is_said_and_nothing_in_its_pictures_is_looked_at() -> None:
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


# --- over the network ------------------------------------------------------------------------------


class StreamHandler(BaseHTTPRequestHandler):
    """A network camera whose every second frame cannot be decoded, for anyone who knows the password."""

    server: StreamServer

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(b"gate:right").decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
            return
        if self.path != "/stream":
            self.send_response(404)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        pictures = moving()
        try:
            for number in range(100_000):
                data = cv2.imencode(".jpg", next(pictures))[1].tobytes() if number % 2 == 0 else b"noise" * 99
                self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + data + b"\r\n")
                if self.server.ending.wait(0.02):
                    return
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        return


class StreamServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), StreamHandler)
        self.ending = threading.Event()


@pytest.fixture
def stream() -> Iterator[int]:
    """The port of a camera that stutters."""
    with StreamServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield int(server.server_address[1])
        server.ending.set()
        server.shutdown()
        thread.join()


def test_a_corrupt_frame_is_not_a_lost_camera(stream: int) -> None:
    camera = NetworkCamera(f"http://gate:right@127.0.0.1:{stream}/stream")
    camera.open()
    try:
        assert len([camera.next_picture() for _ in range(30)]) == 30
    finally:
        camera.close()


@pytest.mark.parametrize(
    ("user", "path", "words"),
    [
        ("gate:wrong@", "stream", "user or password"),
        ("", "stream", "user or password"),
        ("gate:right@", "elsewhere", "nothing at this path"),
    ],
)
def test_a_camera_that_refuses_says_what_is_wrong(stream: int, user: str, path: str, words: str) -> None:
    with pytest.raises(VisionError, match=words) as raised:
        NetworkCamera(f"http://{user}127.0.0.1:{stream}/{path}").open()
    assert "gate:wrong" not in str(raised.value)
    assert raised.value.remedy


def test_a_camera_that_is_not_there_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert diagnose(f"http://127.0.0.1:{port}/")[0] == "does not answer"
    assert diagnose(f"rtsp://127.0.0.1:{port}/")[0] == "does not answer"
    assert diagnose("http://[broken/")[0] == "does not answer"


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.recv(4096)
                line.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n", "user or password"),
        (b"RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n", "nothing at this path"),
        (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", "nothing that is a video"),
        (b"RTSP/1.0 503 Busy\r\nCSeq: 1\r\n\r\n", "status 503"),
        (b"\x00\xff noise", "does not answer"),
    ],
)
def test_what_an_rtsp_camera_answers_is_said(answer: bytes, words: str) -> None:
    with answering(answer) as port:
        assert words in diagnose(f"rtsp://gate:right@127.0.0.1:{port}/stream")[0]
