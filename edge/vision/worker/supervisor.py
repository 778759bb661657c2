"""The vision worker's parent: starts it, passes its reports on, kills it when it must, starts another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from edge.errors import VisionError
from edge.vision.configuration import WorkerTask
from edge.vision.reports import Blur, CameraReport, CameraState, Report, Sighting, WorkerFailed
from edge.vision.worker.process import COMMAND, WorkerProcess, start_worker

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 60.0
"""Seconds from a worker's end to the next one's start: twice as long each time, and no longer than this."""
_WELL_AFTER = 60.0
"""Seconds of work after which a worker's next failure counts as its first."""
_TRACKS_OF_A_RUN = 1 << 32


class VisionSupervisor:
    """Keeps a vision worker running. The gate never waits for it: it delivers from its own thread.

    Nothing that a worker does ends that thread. `working` says whether it still goes on, for a watchdog: a
    gate without it is blind, and does not know it.
    """

    def __init__(self, task: WorkerTask, *, command: Sequence[str] = COMMAND) -> None:
        self._task = task
        self._command = command
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._worker: WorkerProcess | None = None
        self._thread: threading.Thread | None = None
        self._finished = False

    @property
    def working(self) -> bool:
        """Whether the thread lives; it may end where it was stopped, or its files have come to their end."""
        alive = self._thread is not None and self._thread.is_alive()
        return alive or self._finished or self._stopping.is_set()

    def start(self, deliver: Callable[[Report], None]) -> None:
        """Begin; `deliver` is called from the supervisor's thread for every report."""
        self._thread = threading.Thread(target=self._run, args=(deliver,), name="vision", daemon=True)
        self._thread.start()

    def preview(self, blur: Blur) -> None:
        """Have previews delivered for a few seconds (WISH_LASTS), blurred so. Never waits."""
        with self._lock:
            worker = self._worker
        if worker is not None:
            worker.wish(blur)

    def enrol(self) -> None:
        """Have faces looked at as an enrolment does, for a few seconds (WISH_LASTS). Never waits."""
        with self._lock:
            worker = self._worker
        if worker is not None:
            worker.wish_to_enrol()

    def stop(self, timeout: float = 3.0) -> None:
        """End the worker and the thread; returns within about twice `timeout` seconds."""
        self._stopping.set()
        with self._lock:
            worker = self._worker
        if worker is not None:
            worker.end(timeout)
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self, deliver: Callable[[Report], None]) -> None:
        pause, run, restarts = 0.0, 0, 0
        while not self._stopping.is_set():
            began = time.monotonic()
            reason = self._work(deliver, run)
            if self._finished or self._stopping.is_set():
                return
            run += 1
            if reason:
                restarts += 1
                deliver(WorkerFailed(time.monotonic(), reason, restarts))
            pause = pause_after(time.monotonic() - began, pause)
            self._stopping.wait(pause)

    def _work(self, deliver: Callable[[Report], None], run: int) -> str:
        """Run one worker to its end; why it failed, or empty where its input ended or it wants another."""
        try:
            return self._listen(deliver, run)
        except VisionError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - no error may leave a gate blind
            return f"receiving from the vision worker failed: {type(error).__name__}: {error}"

    def _listen(self, deliver: Callable[[Report], None], run: int) -> str:
        worker = start_worker(self._task, self._command)
        with self._lock:
            self._worker = worker
        finished = False
        try:
            if self._stopping.is_set():  # before there was a worker to end
                return ""
            for report in worker.reports():
                finished |= isinstance(report, CameraReport) and report.state is CameraState.FINISHED
                deliver(_of_run(report, run))
        finally:
            worker.close()
        self._finished = finished
        return "" if finished or worker.wants_another else "the vision worker ended by itself"


def pause_after(worked: float, before: float) -> float:
    """Seconds until the next worker, after one that worked so long, and waited for that long `before`."""
    if before <= 0.0 or worked > _WELL_AFTER:
        return _FIRST_PAUSE
    return min(_LONGEST_PAUSE, 2.0 * before)


def _of_run(report: Report, run: int) -> Report:
    """`report` with track numbers that no earlier worker has given."""
    if run == 0 or not isinstance(report, Sighting):
        return report
    faces = tuple(replace(face, track=face.track + run * _TRACKS_OF_A_RUN) for face in report.faces)
    return replace(report, faces=faces)
