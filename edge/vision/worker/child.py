"""The vision worker's first steps: it reads its task and confines itself, before anything foreign is loaded.

`python -m edge.vision.worker.child` reads its task from standard input, writes reports to standard output,
and ends when its parent does. OpenCV, and whatever else decodes pictures, comes after `confine`: what such a
library starts of itself (NumPy's threads, for one) is then confined as well.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module

from edge.vision.configuration import CodeReaderName, WorkerTask
from edge.vision.reports import Confinement, WorkerReport
from edge.vision.worker.confinement import confine, reach_of
from edge.vision.worker.wire import EnrolmentWish, PreviewWish, encode, read_task


def main() -> int:
    """Work until the input ends, the camera's driver hangs, or the parent is gone."""
    channel = _Channel()
    task = read_task(sys.stdin.buffer)
    _load_what_runs_programs(task)
    reach = reach_of(task)
    found = reach.identity()
    missing = confine(reach, task.vision.memory_limit << 20, keep=channel.descriptor)
    channel.send(Confinement(time.monotonic(), missing))
    wish, enrolling = PreviewWish(), EnrolmentWish()
    threading.Thread(target=_listen_to_parent, args=(wish, enrolling), name="parent", daemon=True).start()
    # Only now: nothing that reads pictures is in this process before.
    from edge.vision.worker.worker import work  # noqa: PLC0415

    return work(task, channel.send, lambda: reach.identity() != found, wish, enrolling)


class _Channel:
    """Keeps standard output for reports alone: whatever a native library prints goes to standard error."""

    def __init__(self) -> None:
        self.descriptor = os.dup(1)
        self._file = os.fdopen(self.descriptor, "wb", buffering=0)
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def send(self, report: WorkerReport) -> None:
        """Write `report` whole; safe from any thread."""
        data = memoryview(encode(report))
        with self._lock:
            while data:
                data = data[self._file.write(data) :]


def _load_what_runs_programs(task: WorkerTask) -> None:
    """Load pyzbar now: it finds libzbar by running ldconfig, which a confined process may not do."""
    if task.vision.codes is CodeReaderName.PYZBAR:
        with suppress(ImportError):  # the reader reports it, with what to do
            import_module("pyzbar.pyzbar")


def _listen_to_parent(wish: PreviewWish, enrolling: EnrolmentWish) -> None:
    """Hear what the gate wishes; end this process when standard input closes: its parent is gone."""
    while received := os.read(0, 4096):  # unbuffered: a lock held at the interpreter's end would abort it
        now = time.monotonic()
        wish.tell(received, now)
        enrolling.tell(received, now)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
