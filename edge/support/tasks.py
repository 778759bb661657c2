"""Tasks: what goes on beside the main loop, and what polls it.

A task is a function that does what is due and never waits. It returns when it is to be called again at the
latest (monotonic seconds; infinity: only when it is woken). A `Runner` keeps calling it: the default one from
a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic as system_monotonic
from typing import Protocol

import structlog

_STOPS_WITHIN = 3.0
_AGAIN_AFTER = 1.0
"""Seconds after which a task that failed is polled again."""

Poll = Callable[[], float]


class Running(Protocol):
    """A task that a runner polls."""

    def wake(self) -> None:
        """Have the task polled as soon as possible; from any thread, and never waits."""
        ...

    def stop(self) -> None:
        """Poll the task no more; a second time does nothing."""
        ...


Runner = Callable[[str, Poll], Running]
"""Begins to poll a task, at once for the first time; the name is for people."""


def in_thread(name: str, poll: Poll) -> Running:
    """The task, polled from a thread of its own."""
    made = _InThread(name, poll)
    made.start()
    return made


class _InThread:
    """Nothing but `stop` ends the thread: what a poll raises is logged, and the task is polled again."""

    def __init__(self, name: str, poll: Poll) -> None:
        self._name = name
        self._poll = poll
        self._woken = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()
        self._thread.join(_STOPS_WITHIN)

    def _run(self) -> None:
        while True:
            self._woken.clear()  # before the poll: what arrives during it is not forgotten
            if self._stopping:
                return
            self._woken.wait(self._polled())

    def _polled(self) -> float:
        """Poll the task; returns the seconds to wait."""
        try:
            due = self._poll()
        except Exception:  # noqa: BLE001 - one that is not tried again would be missed without a word
            structlog.get_logger("edge.tasks").exception("task_failed", task=self._name)
            return _AGAIN_AFTER
        return min(max(0.0, due - system_monotonic()), threading.TIMEOUT_MAX)
