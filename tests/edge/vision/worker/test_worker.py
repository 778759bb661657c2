"""The child that may die: killed, said and started again in time, while the parent waits for nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from edge.vision.configuration import FaceEngineName, FrameMode, VisionConfiguration, WorkerTask
from edge.vision.playback import files_of, play
from edge.vision.reports import (
    CameraReport,
    CameraState,
    Confinement,
    Heartbeat,
    InputRefused,
    Report,
    Sighting,
    WorkerFailed,
)
from edge.vision.worker.process import start_worker
from edge.vision.worker.supervisor import VisionSupervisor
from tests.edge.vision.conftest import code_image
from tests.waiting import PATIENT, first_of, pause, soon, sooner_than

MISBEHAVING = Path(__file__).with_name("misbehaving_worker.py")
NO_FACES = VisionConfiguration(faces=FaceEngineName.NONE, hang_after=PATIENT, memory_limit=150)
"""What is slow here is the machine; only a worker that does hang is waited for less."""


def misbehave(how: str) -> list[str]:
    return [sys.executable, str(MISBEHAVING), how]


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
def test_a_worker_that_misbehaves_is_killed_said_and_started_again(how: str, words: str) -> None:
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


def test_the_gate_waits_for_no_word_of_a_worker() -> None:
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


def test_an_input_that_kills_the_worker_is_refused_and_the_others_go_on() -> None:
    reports = list(play(["good", "poison", "better"], NO_FACES, misbehave("poisoned")))
    refused = [report.input for report in reports if isinstance(report, InputRefused)]
    finished = [report.detail for report in reports if isinstance(report, CameraReport)]
    assert refused == ["poison"]
    assert finished == ["good", "poison", "better"]


def test_pictures_are_seen_each_once_and_in_order(tmp_path: Path) -> None:
    for number in (2, 10, 1):
        cv2.imwrite(str(tmp_path / f"{number}.png"), code_image(f"code {number}"))
    (tmp_path / "3.png").write_bytes(b"no picture")
    reports = list(play(files_of([tmp_path]), NO_FACES))
    seen = [report for report in reports if isinstance(report, Sighting | InputRefused)]
    assert [Path(report.input).stem for report in seen] == ["1", "2", "3", "10"]
    assert [code.text for report in seen if isinstance(report, Sighting) for code in report.codes] == [
        "code 1",
        "code 2",
        "code 10",
    ]


def test_a_video_is_seen_frame_by_frame_with_none_dropped(tmp_path: Path) -> None:
    path = tmp_path / "lane.avi"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    for _ in range(12):
        video.write(code_image("in the video"))
    video.release()
    seen = [report for report in play([str(path)], NO_FACES) if isinstance(report, Sighting)]
    assert len(seen) == 12
    assert all(sighting.codes[0].text == "in the video" for sighting in seen)
    times = [sighting.captured for sighting in seen]
    assert times[-1] - times[0] == pytest.approx(1.1, abs=0.2), "frames keep the video's own times"


def test_a_worker_ends_with_its_parent() -> None:
    worker = start_worker(WorkerTask(VisionConfiguration(camera="v4l2:99", faces=FaceEngineName.NONE)))
    reports = worker.reports()
    assert isinstance(next(reports), Confinement)
    with sooner_than(100.0, "nobody has to kill it"):
        worker.close(100.0)


def test_a_camera_that_is_not_there_is_said_with_what_to_do() -> None:
    worker = start_worker(WorkerTask(VisionConfiguration(camera="v4l2:99", faces=FaceEngineName.NONE)))
    gone = next(report for report in worker.reports() if isinstance(report, CameraReport))
    worker.close()
    assert gone.state is CameraState.GONE
    assert "plugged in" in gone.detail


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


def test_the_gate_itself_loads_no_picture_library() -> None:
    """Its memory, and its safety from native decoders, depend on it."""
    code = (
        "import edge.gate, sys; print([name for name in ('cv2', 'PIL', 'zxingcpp') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.strip() == "[]"
