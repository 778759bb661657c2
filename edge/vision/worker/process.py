"""One run of the vision worker, seen from the gate: started, bounded in what it reports, killed."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from edge.errors import VisionError
from edge.support.isolated import isolated
from edge.vision.checks import STALE, expected_of, is_stale, problem_of
from edge.vision.configuration import FrameMode, VisionConfiguration, WorkerTask
from edge.vision.reports import (
    WISH_LASTS,
    Blur,
    CannotStart,
    EnrolmentLook,
    Heartbeat,
    PreviewFrame,
    ReportRefused,
    WorkerReport,
)
from edge.vision.worker.previews_due import PreviewsDue
from edge.vision.worker.stderr_tail import StderrTail
from edge.vision.worker.wire import ENROL, NotAReport, ReportDecoder, encode, wish_for

COMMAND = isolated("edge.vision.worker.child")
START_ANEW = 5
"""The code with which a worker ends that needs another in its place: the camera is another device now."""
_STARTING = 30.0
"""Seconds that loading libraries and models may take on a slow card before the first report."""
_FEW, _FORGIVEN_AFTER = 3, 60.0
"""Bad reports after which a worker is killed, and the seconds after which one no longer counts."""
_MOST_A_SECOND = 400
"""Reports of a live camera: more would fill the gate's memory faster than it can take them."""
_LATE = "frames come too late to decide by: is this computer too slow?"
_WEIGHED_EVERY = 0.5
_ON_ITS_WAY = 2.0
"""Seconds after the wish to enrol has ended in which a look of before may still arrive."""
_PASSED_ON = frozenset({"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TMPDIR"})
_PASSED_ON_OF = ("LC_", "OPENCV_", "OPENBLAS_", "OMP_", "LIBCAMERA_", "GATEPOST_", "XDG_DATA_", "SSL_CERT_")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class WorkerProcess:
    """A running worker. `reports` ends when it ends well, and raises VisionError when it does not."""

    def __init__(self, process: subprocess.Popen[bytes], task: WorkerTask) -> None:
        self._process = process
        self._task = task
        self._expected = expected_of(task)
        self._decoder = ReportDecoder()
        self._stderr_tail = StderrTail()
        self._bad, self._bad_at = 0, 0.0
        self._second, self._in_second = 0.0, 0
        self._weighed_at = 0.0
        self._previews = PreviewsDue()
        self._enrols_until = 0.0
        self._stdin = threading.Lock()  # written to by one thread, closed by another
        self._memory = _memory_of(process.pid)
        self.wants_another = False

    def reports(self) -> Iterator[WorkerReport | ReportRefused]:
        """The worker's reports, one by one, each checked.

        Raises VisionError where it hangs, dies, grows beyond its limit, or goes on writing what is not a
        report; it is dead by then.
        """
        try:
            yield from self._listen()
        except VisionError as error:
            self.kill()
            raise VisionError(self._stderr_tail.append_to(str(error))) from None
        code = self._process.wait()
        self.wants_another = code == START_ANEW
        if code not in {0, START_ANEW}:
            raise VisionError(self._stderr_tail.append_to(f"the vision worker {_how_it_ended(code)}"))

    def wish(self, blur: Blur) -> None:
        """Have it send previews for a while, blurred so. Never waits; safe from any thread."""
        self._previews.wish(blur, time.monotonic())
        # A worker that does not listen, or has ended, shows nothing; who looks on wishes again.
        with self._stdin, suppress(OSError, ValueError):
            os.write(_opened(self._process.stdin).fileno(), wish_for(blur))

    def wish_to_enrol(self) -> None:
        """Have it look at faces as an enrolment does, for a while. Never waits; safe from any thread."""
        self._enrols_until = time.monotonic() + WISH_LASTS + _ON_ITS_WAY
        with self._stdin, suppress(OSError, ValueError):
            os.write(_opened(self._process.stdin).fileno(), ENROL)

    def kill(self) -> None:
        """End it now, whatever it is doing. Safe to call twice and from any thread."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()

    def end(self, timeout: float = 2.0) -> None:
        """Let it end by itself (its standard input closes), then kill it. Safe from any thread."""
        with self._stdin, suppress(OSError):
            _opened(self._process.stdin).close()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def close(self, timeout: float = 2.0) -> None:
        """As `end`, and close its streams. Only for the thread that reads them: closing wakes no reader."""
        self.end(timeout)
        for stream in (self._process.stdout, self._process.stderr, self._memory):
            if stream is not None:
                stream.close()

    # --- listening ---------------------------------------------------------------------------

    def _listen(self) -> Iterator[WorkerReport | ReportRefused]:
        stdout, stderr = _opened(self._process.stdout), _opened(self._process.stderr)
        longest_silence = max(_STARTING, self._task.vision.hang_after)
        received_at = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            selector.register(stderr, selectors.EVENT_READ)
            while True:
                ready = {
                    key.fileobj
                    for key, _ in selector.select(max(0.0, received_at + longest_silence - time.monotonic()))
                }
                if stderr in ready and not self._stderr_tail.receive(stderr.fileno()):
                    selector.unregister(stderr)
                if stdout in ready:
                    data = os.read(stdout.fileno(), 1 << 16)
                    if not data:
                        self._stderr_tail.drain(stderr.fileno())
                        return
                    for report in self._checked(data):
                        yield report
                        # Only a report is a sign of life. The caller may take its time between two.
                        received_at, longest_silence = time.monotonic(), self._task.vision.hang_after
                if time.monotonic() - received_at > longest_silence:
                    raise VisionError(f"the vision worker hangs: no report for {longest_silence:g} s")

    def _checked(self, data: bytes) -> Iterator[WorkerReport | ReportRefused]:
        for report in self._decoder.feed(data):
            now = time.monotonic()
            self._count(now)
            if isinstance(report, NotAReport):
                yield self._refused(report.what, now)
            elif (problem := problem_of(report, self._expected, now)) is not None:
                yield self._refused(problem, now)
            elif isinstance(report, PreviewFrame):
                yield from self._preview(report, now)
            elif isinstance(report, EnrolmentLook):
                yield from self._look(report, now)
            elif is_stale(report, self._expected, now):
                yield ReportRefused(now, _LATE)
            else:
                self._check(report, now)
                yield report

    def _preview(self, frame: PreviewFrame, now: float) -> Iterator[PreviewFrame | ReportRefused]:
        problem = self._previews.problem_of(frame, now)
        if problem is not None:
            yield self._refused(problem, now)
        elif self._previews.shows(frame):
            yield frame

    def _look(self, look: EnrolmentLook, now: float) -> Iterator[EnrolmentLook | ReportRefused]:
        """`look`, where one was asked for; one that comes late shows somebody who may be gone."""
        if now > self._enrols_until:
            yield self._refused("a look for an enrolment that nobody asked for", now)
        elif now - look.captured <= STALE or not self._expected.live:
            yield look

    def _refused(self, problem: str, now: float) -> ReportRefused:
        """Count a bad report; raises VisionError after a few."""
        self._bad = 1 if now - self._bad_at > _FORGIVEN_AFTER else self._bad + 1
        self._bad_at = now
        if self._bad > _FEW:
            raise VisionError(f"the vision worker wrote {self._bad} invalid reports: {problem}")
        return ReportRefused(now, problem)

    def _count(self, now: float) -> None:
        """Bound how fast a live camera's worker reports: files are read no faster than they are taken."""
        if now - self._second >= 1.0:
            self._second, self._in_second = now, 0
        self._in_second += 1
        if self._expected.live and self._in_second > _MOST_A_SECOND:
            raise VisionError(f"the vision worker wrote more than {_MOST_A_SECOND} reports in a second")

    def _check(self, report: WorkerReport, now: float) -> None:
        if isinstance(report, CannotStart):
            raise VisionError(report.reason)
        resident = report.resident if isinstance(report, Heartbeat) else 0
        if now - self._weighed_at >= _WEIGHED_EVERY:
            self._weighed_at = now
            resident = max(resident, _resident(self._memory))
        limit = self._task.vision.memory_limit * (1 << 20)
        if resident > limit:
            raise VisionError(f"the vision worker grew to {resident >> 20} MiB, more than {limit >> 20} MiB")


def start_worker(task: WorkerTask, command: Sequence[str] = COMMAND) -> WorkerProcess:
    """Start a worker on `task`; raises VisionError where it cannot be started."""
    try:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={"OPENCV_LOG_LEVEL": "ERROR"} | _passed_on(os.environ),
        )
        assert process.stdin is not None  # noqa: S101 - it was opened with a pipe
        with suppress(BrokenPipeError):  # it died at once: `reports` says how
            process.stdin.write(encode(task))
            process.stdin.flush()
        os.set_blocking(process.stdin.fileno(), False)  # what is told it later never waits for it
    except OSError as error:
        raise VisionError(f"the vision worker could not be started: {error}") from None
    return WorkerProcess(process, task)


def try_to_start(vision: VisionConfiguration, command: Sequence[str] = COMMAND) -> None:
    """Start a worker with these settings, without its camera, and let it end.

    Raises VisionError with what it said last where it does not come to its work.
    """
    worker = start_worker(WorkerTask(vision, FrameMode.EVERY), command)
    try:
        for _ in worker.reports():
            pass
    finally:
        worker.close()


def _passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of `environment` that the worker gets: neither systemd's socket nor a credential."""
    return {
        name: value
        for name, value in environment.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_OF)
    }


def _opened(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - it was opened with a pipe
    return stream


def _memory_of(process: int) -> IO[bytes] | None:
    """Where the kernel says how much memory a process holds (proc(5), statm).

    Opened now: a confined worker is hidden from other processes of its user (ProtectProc=).
    """
    try:
        return Path(f"/proc/{process}/statm").open("rb", buffering=0)
    except OSError:
        return None


def _resident(memory: IO[bytes] | None) -> int:
    """Bytes that a process holds, as the kernel counts them; 0 where it has ended."""
    if memory is None:
        return 0
    with suppress(OSError, ValueError, IndexError):
        memory.seek(0)
        return int(memory.read(256).split()[1]) * _PAGE
    return 0


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
