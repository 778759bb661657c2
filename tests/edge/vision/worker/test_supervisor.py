"""The child that may die: killed, reported and started again in time, while the gate waits for nothing."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from queue import Queue

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.vision.configuration import FaceEngineName, FrameMode, VisionConfiguration, WorkerTask
from edge.vision.reports import (
    CameraReport,
    CameraState,
    Heartbeat,
    Report,
    ReportRefused,
    Sighting,
    WorkerFailed,
)
from edge.vision.worker.supervisor import VisionSupervisor, pause_after
from edge.vision.worker.wire import encode
from tests.edge.vision.conftest import code_image
from tests.edge.vision.reported import GOOD, NOT_REPORTS, TASK, altered, framed, written
from tests.edge.vision.worker.misbehave import NO_FACES, misbehave
from tests.examples import tried
from tests.waiting import PATIENT, first_of, pause, soon, sooner_than


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("abort", "SIGABRT"),
        ("exit", "code 7"),
        ("hang", "hangs"),
        ("leak", "grew"),
        ("leak and lie", "grew"),
        ("garbage", "not a report"),
        ("endless", "announced"),
    ],
)
def test_a_worker_that_misbehaves_is_killed_reported_and_started_again(how: str, words: str) -> None:
    reports: Queue[Report] = Queue()
    vision = replace(NO_FACES, hang_after=1.0) if how == "hang" else NO_FACES
    supervisor = VisionSupervisor(WorkerTask(vision), command=misbehave(how))
    supervisor.start(reports.put)
    try:
        for restart in (1, 2):
            failed = first_of(reports, lambda report: isinstance(report, WorkerFailed))
            assert isinstance(failed, WorkerFailed)
            assert words in failed.reason
            assert failed.restarts == restart
    finally:
        with sooner_than(600.0, "it is killed where it does not end by itself"):
            supervisor.stop(1.0)


def test_a_worker_that_cannot_start_is_reported_with_its_last_words() -> None:
    reports: Queue[Report] = Queue()
    supervisor = VisionSupervisor(TASK, command=[sys.executable, "-c", "import no_such_library"])
    supervisor.start(reports.put)
    try:
        failed = first_of(reports, lambda report: isinstance(report, WorkerFailed))
    finally:
        supervisor.stop(1.0)
    assert isinstance(failed, WorkerFailed)
    assert "code 1; its last output: ModuleNotFoundError: No module named 'no_such_library'" in failed.reason


def test_workers_that_go_on_failing_are_started_ever_more_seldom_and_one_that_worked_at_once() -> None:
    first = pause_after(0.5, before=0.0)
    pauses = [first]
    while pauses[-1] < pause_after(0.5, pauses[-1]):
        pauses.append(pause_after(0.5, pauses[-1]))
    assert all(later == min(60.0, 2 * earlier) for earlier, later in pairwise(pauses))
    assert (first < 1.0, pauses[-1]) == (True, 60.0)
    assert pause_after(61.0, before=60.0) == first


def test_the_gate_waits_for_no_report_of_a_worker() -> None:
    """Neither when it is started nor when it is ended: this one never says anything, and ends by force."""
    task = WorkerTask(replace(NO_FACES, hang_after=600.0))
    supervisor = VisionSupervisor(task, command=["sleep", "600"])
    with sooner_than(600.0):
        supervisor.start(lambda _: None)
        soon(lambda: supervisor._worker is not None)
        supervisor.stop(0.1)


def test_a_supervisor_that_is_stopped_has_ended_its_thread_too() -> None:
    """Again and again: the worker's end and the supervisor's own wake the thread in any order."""
    for _ in range(20):
        supervisor = VisionSupervisor(WorkerTask(NO_FACES), command=["cat"])
        supervisor.start(lambda _: None)
        soon(lambda supervisor=supervisor: supervisor._worker is not None)  # type: ignore[misc]
        with sooner_than(60.0):
            supervisor.stop(60.0)
        assert supervisor._thread is not None
        assert not supervisor._thread.is_alive()


SCENE = code_image("a scene", width=320, height=240)


class MotionJpeg(BaseHTTPRequestHandler):
    """A network camera. `server.mode`: moving, frozen (the same picture) or silent."""

    server: MotionJpegServer

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        try:
            while not self.server.ending.is_set():
                if self.server.mode != "silent":
                    # Counted by the camera: what is frozen stays so when it is opened again.
                    self.server.number += self.server.mode == "moving"
                    picture = np.roll(SCENE, 16 * self.server.number, axis=1)
                    data = cv2.imencode(".jpg", picture)[1].tobytes()
                    self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + data + b"\r\n")
                pause(0.05)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        return


class MotionJpegServer(ThreadingHTTPServer):
    mode = "moving"
    number = 0
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), MotionJpeg)
        self.ending = threading.Event()


@pytest.mark.parametrize("fault", ["frozen", "silent"])
def test_a_camera_that_stalls_is_noticed_and_comes_back(fault: str) -> None:
    server = MotionJpegServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://camera:secret@127.0.0.1:{server.server_address[1]}/"
    reports: Queue[Report] = Queue()
    task = WorkerTask(VisionConfiguration(camera=address, faces=FaceEngineName.NONE), FrameMode.LIVE)
    supervisor = VisionSupervisor(task)
    supervisor.start(reports.put)
    try:
        first_of(reports, lambda report: isinstance(report, Sighting))
        server.mode = fault
        stalled = first_of(
            reports,
            lambda report: (
                isinstance(report, CameraReport) and report.state in {CameraState.STALLED, CameraState.GONE}
            ),
        )
        assert isinstance(stalled, CameraReport)
        assert "secret" not in stalled.detail
        streaming, beats = False, 0
        while beats < 2:
            # What was looked at before may still be under way; and on a busy machine a picture that was sent
            # before the fault may come late, which the camera says.
            report = reports.get(timeout=PATIENT)
            beats += isinstance(report, Heartbeat)
            if isinstance(report, CameraReport):
                streaming = report.state is CameraState.STREAMING
            stale = isinstance(report, Sighting) and report.captured >= stalled.at and not streaming
            assert not stale, "a stale frame is never looked at"
        server.mode = "moving"
        first_of(reports, lambda report: isinstance(report, Sighting))
    finally:
        server.ending.set()
        supervisor.stop()
        server.shutdown()
        server.server_close()


def framed_or_not() -> st.SearchStrategy[bytes]:
    return st.lists(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(framed), altered())).map(
        b"".join
    )


@pytest.fixture(scope="module")
def _starts_again_at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edge.vision.worker.supervisor._FIRST_PAUSE", 0.01)
        yield


@pytest.mark.usefixtures("_starts_again_at_once")
@settings(derandomize=True, max_examples=tried(60), suppress_health_check=[HealthCheck.too_slow])
@given(framed_or_not())
@example(b"\xff" * 100)
@example(b"".join(NOT_REPORTS.values()))
@example(encode(GOOD)[:-1])
def test_the_supervisor_survives_any_bytes_and_starts_another_worker(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    received: Queue[Report] = Queue()
    supervisor = VisionSupervisor(TASK, command=written(tmp_path_factory, data))
    supervisor.start(received.put)
    try:
        while not isinstance(said := received.get(timeout=PATIENT), WorkerFailed):
            assert isinstance(said, ReportRefused | Sighting)
        assert supervisor.working
        first_of(received, lambda report: isinstance(report, WorkerFailed))
        assert supervisor.working
    finally:
        supervisor.stop()


def test_any_error_in_receiving_is_reported_and_the_next_worker_received() -> None:
    received: Queue[Report] = Queue()

    def deliver(report: Report) -> None:
        received.put(report)
        if type(report) is Heartbeat:
            raise ValueError("somebody further in has a bad day")

    supervisor = VisionSupervisor(
        WorkerTask(VisionConfiguration(camera="v4l2:99", faces=FaceEngineName.NONE))
    )
    supervisor.start(deliver)
    try:
        failed = [failure_in(received) for _ in range(2)]
        assert [item.restarts for item in failed] == [1, 2]
        assert "bad day" in failed[0].reason
        assert supervisor.working
    finally:
        supervisor.stop()


def failure_in(received: Queue[Report]) -> WorkerFailed:
    said = first_of(received, lambda report: isinstance(report, WorkerFailed))
    assert isinstance(said, WorkerFailed)
    return said


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_supervisor_that_did_end_is_not_working() -> None:
    """The watchdog is fed only while it works: see tests/edge/runtime/test_vision_at_the_gate.py."""

    def deliver(_: Report) -> None:
        raise SystemExit

    supervisor = VisionSupervisor(TASK, command=["true"])
    assert not supervisor.working, "it was never started"
    supervisor.start(deliver)
    assert supervisor._thread is not None
    supervisor._thread.join(PATIENT)
    assert not supervisor.working


def faces_of(reports: Iterator[Report]) -> list[int]:
    return [face.track for report in reports if isinstance(report, Sighting) for face in report.faces]


def test_a_track_of_one_worker_is_never_taken_for_another_workers(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Both begin to count at 1: a face seen before a crash would be joined with somebody else's after it."""
    path = tmp_path_factory.mktemp("pipe") / "bytes"
    received: Queue[Report] = Queue()
    path.write_bytes(encode(replace(GOOD, captured=time.monotonic())))
    supervisor = VisionSupervisor(TASK, command=["cat", str(path)])

    def deliver(report: Report) -> None:
        if isinstance(report, WorkerFailed):
            path.write_bytes(encode(replace(GOOD, captured=time.monotonic())))
        received.put(report)

    supervisor.start(deliver)
    tracks: list[int] = []
    try:
        while len(tracks) < 2:
            said = received.get(timeout=PATIENT)
            tracks += faces_of(iter([said]))
    finally:
        supervisor.stop()
    assert tracks[0] != tracks[1]


def test_a_worker_that_wants_another_in_its_place_has_not_failed(tmp_path: Path) -> None:
    received: Queue[Report] = Queue()
    script = f"test -e {tmp_path}/once && exit 7; touch {tmp_path}/once; exit 5"
    supervisor = VisionSupervisor(WorkerTask(VisionConfiguration()), command=["sh", "-c", script])
    supervisor.start(received.put)
    try:
        failed = received.get(timeout=PATIENT)
    finally:
        supervisor.stop()
    assert isinstance(failed, WorkerFailed)
    assert failed.restarts == 1
    assert "code 7" in failed.reason
