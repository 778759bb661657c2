"""The parent of the vision worker: starts it, listens, kills it when it must, and starts it again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from edge.errors import VisionError
from edge.vision.configuration import WorkerTask
from edge.vision.process import COMMAND, WorkerProcess, start_worker
from edge.vision.sighting import CameraReport, CameraState, Report, WorkerFailed

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_WELL_AFTER = 60.0
"""Seconds of work after which a worker's next failure counts as its first."""


class VisionSupervisor:
    """Keeps a vision worker running. The gate never waits for it: it delivers from its own thread."""

    def __init__(self, task: WorkerTask, *, command: Sequence[str] = COMMAND) -> None:
        self._task = task
        self._command = command
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._worker: WorkerProcess | None = None
        self._thread: threading.Thread | None = None

    def start(self, deliver: Callable[[Report], None]) -> None:
        """Begin; `deliver` is called from the supervisor's thread for every report."""
        self._thread = threading.Thread(target=self._run, args=(deliver,), name="vision", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 3.0) -> None:
        """End the worker and the thread; returns within about twice `timeout` seconds."""
        self._stopping.set()
        with self._lock:
            worker = self._worker
        if worker is not None:
            worker.close(timeout)
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self, deliver: Callable[[Report], None]) -> None:
        pause, restarts = _FIRST_PAUSE, 0
        while not self._stopping.is_set():
            began = time.monotonic()
            reason = self._work(deliver)
            if reason is None or self._stopping.is_set():
                return
            restarts += 1
            deliver(WorkerFailed(time.monotonic(), reason, restarts))
            if time.monotonic() - began > _WELL_AFTER:
                pause = _FIRST_PAUSE
            self._stopping.wait(pause)
            pause = min(_LONGEST_PAUSE, 2.0 * pause)

    def _work(self, deliver: Callable[[Report], None]) -> str | None:
        """Run one worker to its end; why it failed, or None where its input has ended."""
        try:
            worker = start_worker(self._task, self._command)
        except VisionError as error:
            return str(error)
        with self._lock:
            self._worker = worker
        finished = False
        try:
            for report in worker.reports():
                finished |= isinstance(report, CameraReport) and report.state is CameraState.FINISHED
                deliver(report)
        except VisionError as error:
            return str(error)
        finally:
            worker.close()
        return None if finished else "the vision worker ended by itself"
