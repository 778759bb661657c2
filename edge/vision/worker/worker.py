"""The vision worker's work: a child of the gate that may abort, hang or leak without taking the gate along.

It runs confined by edge.vision.worker.child, and holds no key, no registry and no journal.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2

from edge.errors import GatepostError, VisionError
from edge.support.escaping import escaped
from edge.vision.cameras.camera import Camera
from edge.vision.cameras.capture import VIDEO_SUFFIXES, VideoFile
from edge.vision.cameras.factory import camera_for
from edge.vision.cameras.grabber import Grabber
from edge.vision.codes.factory import open_reader
from edge.vision.configuration import FaceEngineName, FrameMode, WorkerTask
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.enrolment_eye import EnrolmentEye
from edge.vision.faces.factory import open_engine
from edge.vision.faces.light import light_on, square_of
from edge.vision.faces.mesh import mesh_if_here
from edge.vision.frame import Frame
from edge.vision.liveness.factory import open_liveness
from edge.vision.pictures.reading import read_picture
from edge.vision.pipeline import Pipeline
from edge.vision.preview.maker import PreviewMaker
from edge.vision.reports import (
    CameraReport,
    CameraState,
    CannotStart,
    EnrolmentLook,
    Heartbeat,
    InputRefused,
    Sighting,
    WorkerReport,
    prominence,
)
from edge.vision.worker.process import START_ANEW
from edge.vision.worker.wire import EnrolmentWish, PreviewWish
from models.errors import ModelError

_BEAT = 0.4
DRIVER_HANGS = 3
"""The exit code where a driver's call does not return."""
_HANGING = 10.0
"""Seconds without a frame from a driver that should long have been opened again: a new process may help."""

Send = Callable[[WorkerReport], None]


def work(
    task: WorkerTask,
    send: Send,
    devices_changed: Callable[[], bool],
    wish: PreviewWish,
    enrolling: EnrolmentWish,
) -> int:
    """Analyse what `task` names until it ends, the driver hangs or the devices change; the exit code.

    What a camera sees is shown while the `wish` for that holds, and looked at for an enrolment while
    `enrolling` does.
    """
    cv2.setNumThreads(task.vision.threads)
    try:
        engine = open_engine(task.vision.faces)
        pipeline = _pipeline(task, engine)
        camera = camera_for(task.vision, FrameMode.LIVE) if task.frames is FrameMode.LIVE else None
    except (GatepostError, ModelError) as error:
        send(CannotStart(str(error), time.monotonic()))
        return 4
    if camera is not None:
        eye = None if engine is None else EnrolmentEye(engine, mesh_if_here())
        look = EnrolmentLooks(eye, enrolling.holds)
        return watch_camera(task, camera, pipeline, send, devices_changed, wish, look)
    _play_files(task, pipeline, send)
    return 0


class EnrolmentLooks:
    """Looks at frames for an enrolment, while one goes on; without `eye` nobody does.

    A look costs more than a sighting: it takes a third of the worker's time at most, and the rest is the
    gate's, which decides on meanwhile.
    """

    def __init__(self, eye: EnrolmentEye | None, goes_on: Callable[[float], bool]) -> None:
        self._eye = eye
        self._goes_on = goes_on
        self._rests_until = 0.0

    def of(self, frame: Frame, now: float) -> EnrolmentLook | None:
        """What an enrolment makes of `frame`; None: nobody asks, or it rests."""
        if self._eye is None or now < self._rests_until or not self._goes_on(now):
            return None
        look = self._eye.look(frame)
        ended = time.monotonic()
        self._rests_until = ended + 2.0 * (ended - now)
        return look


def _pipeline(task: WorkerTask, engine: FaceEngine | None) -> Pipeline:
    vision = task.vision
    reader = None if task.playing.faces_only else open_reader(vision.codes)
    if engine is None:
        return Pipeline(vision, None, reader)
    return Pipeline(vision, engine, reader, open_liveness(vision.liveness), mesh_if_here(), task.playing)


def watch_camera(
    task: WorkerTask,
    camera: Camera,
    pipeline: Pipeline,
    send: Send,
    devices_changed: Callable[[], bool],
    wish: PreviewWish,
    enrolment: EnrolmentLooks | None = None,
    hanging: float = _HANGING,
) -> int:
    """Analyse the newest frame again and again; the exit code once that cannot go on."""
    previews = PreviewMaker(wish.holds, finds_faces=task.vision.faces is not FaceEngineName.NONE)
    grabber = Grabber(camera, send, task.vision.stall_after, task.vision.quiet_for)
    grabber.start()
    beat = 0.0
    while not grabber.finished:
        frame = grabber.next_frame(timeout=_BEAT / 2)
        if frame is not None:
            sighting = pipeline.analyse(frame)
            grabber.note_faces(_light_on_foremost(frame, sighting))
            send(sighting)
            # After the sighting: what is decided by it does not wait for a picture.
            preview = previews.of(frame, sighting, time.monotonic())
            if preview is not None:
                send(preview)
            look = None if enrolment is None else enrolment.of(frame, time.monotonic())
            if look is not None:
                send(look)
        beat, before = _beat(beat, send), beat
        if grabber.hangs_for > hanging:
            return DRIVER_HANGS
        if beat != before and devices_changed():
            # A confined worker reaches the devices that were there when it began, not those plugged in since.
            return START_ANEW
    send(CameraReport(CameraState.FINISHED, time.monotonic(), escaped(camera.name)))
    return 0


def _light_on_foremost(frame: Frame, sighting: Sighting) -> float | None:
    """The light on the most prominent face of `frame`; None where there is none."""
    boxes = [face.box for face in sighting.faces]
    if not boxes:
        return None
    return light_on(square_of(frame.image, max(boxes, key=lambda box: prominence(box, sighting.width))))


def _play_files(task: WorkerTask, pipeline: Pipeline, send: Send) -> None:
    """Analyse every input in order; no frame is dropped, since the pipe's reader sets the pace."""
    number, beat = 0, 0.0
    for given in task.inputs:
        path = Path(os.fsdecode(given))
        name = escaped(str(path))
        pipeline.forget()
        try:
            for frame in _frames_of(path, name, number, task.playing.rate):
                number = frame.number
                send(pipeline.analyse(frame))
                beat = _beat(beat, send)
        except VisionError as error:
            send(InputRefused(name, str(error), time.monotonic()))
        send(CameraReport(CameraState.FINISHED, time.monotonic(), name))


def _frames_of(path: Path, name: str, number: int, rate: float) -> Iterator[Frame]:
    if path.suffix.lower() not in VIDEO_SUFFIXES:
        yield Frame(read_picture(path), number + 1, time.monotonic(), name, still=True)
        return
    video = VideoFile(path, real_time=False, rate=rate)
    video.open()
    try:
        while (taken := video.next_picture()) is not None:
            number += 1
            yield Frame(taken[0], number, taken[2], name)
    finally:
        video.close()


def _beat(last: float, send: Send) -> float:
    now = time.monotonic()
    if now - last < _BEAT:
        return last
    send(Heartbeat(now, _resident()))
    return now


def _resident() -> int:
    """Bytes of memory that this process holds now (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
