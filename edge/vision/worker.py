"""The vision worker: a child of the gate that may abort, hang or leak without taking the gate along.

`python -m edge.vision.worker` reads its task from standard input, writes reports to standard output, and
ends when its parent does. It holds no key, no registry and no journal.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2

from edge.errors import GatepostError, VisionError
from edge.support.escaping import escaped
from edge.vision.cameras.camera import Camera
from edge.vision.cameras.capture import VideoFile
from edge.vision.cameras.frame import Frame
from edge.vision.cameras.grabber import Grabber
from edge.vision.cameras.opening import camera_for
from edge.vision.codes.opening import open_reader
from edge.vision.configuration import Pace, WorkerTask
from edge.vision.faces.opening import open_engine
from edge.vision.liveness.opening import open_liveness
from edge.vision.pictures import read_picture
from edge.vision.pipeline import Pipeline
from edge.vision.sighting import CameraReport, CameraState, CannotStart, Heartbeat, InputRefused, Report
from edge.vision.wire import encode, read_task
from models.errors import ModelError

_BEAT = 0.4
_HANGING = 10.0
"""Seconds without a frame from a driver that should long have been opened again: a new process may help."""
VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mkv", ".mov", ".mjpeg", ".webm", ".mpg"})

Tell = Callable[[Report], None]


def main() -> int:
    """Work until the input ends, the camera's driver hangs, or the parent is gone."""
    tell = _reporter()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    task = read_task(sys.stdin.buffer)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    cv2.setNumThreads(task.vision.threads)
    try:
        pipeline = _pipeline(task)
        camera = camera_for(task.vision, Pace.LIVE) if task.pace is Pace.LIVE else None
    except (GatepostError, ModelError) as error:
        tell(CannotStart(str(error), time.monotonic()))
        return 4
    if camera is not None:
        return _live(task, camera, pipeline, tell)
    _every(task, pipeline, tell)
    return 0


def _pipeline(task: WorkerTask) -> Pipeline:
    vision = task.vision
    engine, reader = open_engine(vision.faces), open_reader(vision.codes)
    return Pipeline(vision, engine, reader, None if engine is None else open_liveness(vision.liveness))


def _reporter() -> Tell:
    """Keep standard output for reports alone: whatever a native library prints goes to standard error."""
    channel = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    lock = threading.Lock()

    def tell(report: Report) -> None:
        data = memoryview(encode(report))
        with lock:
            while data:
                data = data[channel.write(data) :]

    return tell


def _end_with_parent() -> None:
    """Standard input closes when the parent is gone; then nobody wants to hear any more."""
    while os.read(0, 4096):  # unbuffered: a lock held at the interpreter's end would abort it
        pass
    os._exit(0)


def _live(task: WorkerTask, camera: Camera, pipeline: Pipeline, tell: Tell) -> int:
    grabber = Grabber(camera, tell, task.vision.stall_after)
    grabber.start()
    beat = 0.0
    while not grabber.finished:
        frame = grabber.take(timeout=_BEAT / 2)
        if frame is not None:
            tell(pipeline.look(frame))
        beat = _beat(beat, tell)
        if grabber.hangs_for > _HANGING:
            return 3
    tell(CameraReport(CameraState.FINISHED, time.monotonic(), escaped(task.vision.camera)))
    return 0


def _every(task: WorkerTask, pipeline: Pipeline, tell: Tell) -> None:
    """See every input in order; nothing is dropped, the pipe's reader is the brake."""
    number, beat = 0, 0.0
    for given in task.inputs:
        path = Path(os.fsdecode(given))
        name = escaped(str(path))
        try:
            for frame in _frames_of(path, name, number):
                number = frame.number
                tell(pipeline.look(frame))
                beat = _beat(beat, tell)
        except VisionError as error:
            tell(InputRefused(name, str(error), time.monotonic()))
        tell(CameraReport(CameraState.FINISHED, time.monotonic(), name))


def _frames_of(path: Path, name: str, number: int) -> Iterator[Frame]:
    if path.suffix.lower() not in VIDEO_SUFFIXES:
        yield Frame(read_picture(path), number + 1, time.monotonic(), name, still=True)
        return
    video = VideoFile(path, real_time=False)
    video.open()
    try:
        while (taken := video.read()) is not None:
            number += 1
            yield Frame(taken[0], number, taken[2], name)
    finally:
        video.close()


def _beat(last: float, tell: Tell) -> float:
    now = time.monotonic()
    if now - last < _BEAT:
        return last
    tell(Heartbeat(now, _resident()))
    return now


def _resident() -> int:
    """Bytes of memory that this process holds now (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    sys.exit(main())
