"""A task of its own that handles the newest of what it is given: who hands it in never waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic as system_monotonic
from typing import Generic, TypeVar

import structlog

from edge.errors import words_of
from edge.support.due import NEVER
from edge.support.tasks import Runner, Running, in_thread

T = TypeVar("T")


class Newest(Generic[T]):
    """A task that handles the newest item it was given; older ones are dropped.

    `act` gets the item and a function that says whether a newer one waits. `idle` is called at the start, and
    again after each `idle_after` seconds without an item.
    """

    def __init__(
        self,
        name: str,
        act: Callable[[T, Callable[[], bool]], None],
        idle: Callable[[], None] = lambda: None,
        idle_after: float = NEVER,
        runner: Runner = in_thread,
        monotonic: Callable[[], float] = system_monotonic,
    ) -> None:
        self._name = name
        self._act = act
        self._idle = idle
        self._idle_after = idle_after
        self._runner = runner
        self._monotonic = monotonic
        self._newest: deque[T] = deque(maxlen=1)
        self._idle_at = monotonic() if idle_after < NEVER else NEVER
        self._stopping = False
        self._reported = ""
        self._running: Running | None = None

    def start(self) -> None:
        self._running = self._runner(self._name, self.poll)

    def put(self, item: T) -> None:
        """Hand in the newest; never waits."""
        self._newest.append(item)
        if self._running is not None:
            self._running.wake()

    def stop(self) -> None:
        self._stopping = True
        if self._running is not None:
            self._running.stop()

    def poll(self) -> float:
        """Handle the newest, or be idle where it is time; returns when that is."""
        if self._newest:
            self._tried(partial(self._act, self._newest.popleft(), self._is_cut_short))
            self._idle_at = self._monotonic() + self._idle_after
        elif self._monotonic() >= self._idle_at:
            self._tried(self._idle)
            self._idle_at = self._monotonic() + self._idle_after
        return self._idle_at

    def _is_cut_short(self) -> bool:
        return bool(self._newest) or self._stopping

    def _tried(self, do: Callable[[], None]) -> None:
        """Call `do`; log a failure once, as a failed prompt must not hold up the next."""
        try:
            do()
        except Exception as error:  # noqa: BLE001 - one prompt that fails must not silence the gate for good
            problem = words_of(error)
            if problem != self._reported:
                structlog.get_logger("edge.prompts").error("prompt_failed", error=problem)
            self._reported = problem
