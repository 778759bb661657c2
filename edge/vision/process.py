"""One run of the vision worker, seen from the gate: started, listened to with bounds, killed."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

from edge.errors import VisionError
from edge.vision.configuration import WorkerTask
from edge.vision.sighting import CannotStart, Heartbeat, Report
from edge.vision.wire import ReportDecoder, encode

COMMAND: tuple[str, ...] = (sys.executable, "-m", "edge.vision.worker")
_STARTING = 30.0
"""Seconds that loading libraries and models may take on a slow card before the first report."""


class WorkerProcess:
    """A running worker. `reports` ends when it ends well, and raises VisionError when it does not."""

    def __init__(self, process: subprocess.Popen[bytes], task: WorkerTask) -> None:
        self._process = process
        self._task = task
        self._decoder = ReportDecoder()

    def reports(self) -> Iterator[Report]:
        """What the worker says, one by one.

        Raises VisionError where it hangs, dies, grows beyond its limit or writes what is no report; it is
        dead by then.
        """
        stream = self._process.stdout
        assert stream is not None  # noqa: S101 - it was opened with a pipe
        patience = max(_STARTING, self._task.vision.hang_after)
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            try:
                while True:
                    if not selector.select(patience):
                        raise VisionError(f"the vision worker hangs: no word for {patience:g} s")
                    data = os.read(stream.fileno(), 1 << 16)
                    if not data:
                        break
                    for report in self._decoder.feed(data):
                        self._check(report)
                        yield report
                    patience = self._task.vision.hang_after
            except VisionError:
                self.kill()
                raise
        code = self._process.wait()
        if code != 0:
            raise VisionError(f"the vision worker {_how_it_ended(code)}")

    def kill(self) -> None:
        """End it now, whatever it is doing. Safe to call twice and from any thread."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()

    def close(self, timeout: float = 2.0) -> None:
        """Let it end by itself (its standard input closes), then kill it."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _check(self, report: Report) -> None:
        if isinstance(report, CannotStart):
            raise VisionError(report.reason)
        limit = self._task.vision.memory_limit * (1 << 20)
        if isinstance(report, Heartbeat) and report.resident > limit:
            raise VisionError(
                f"the vision worker grew to {report.resident >> 20} MiB, more than {limit >> 20} MiB"
            )


def start_worker(task: WorkerTask, command: Sequence[str] = COMMAND) -> WorkerProcess:
    """Start a worker on `task`; raises VisionError where it cannot be started."""
    try:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={"OPENCV_LOG_LEVEL": "ERROR"} | os.environ,
        )
        assert process.stdin is not None  # noqa: S101 - it was opened with a pipe
        with suppress(BrokenPipeError):  # it died at once: `reports` says how
            process.stdin.write(encode(task))
            process.stdin.flush()
    except OSError as error:
        raise VisionError(f"the vision worker could not be started: {error}") from None
    return WorkerProcess(process, task)


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
