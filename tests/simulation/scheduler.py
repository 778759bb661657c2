"""The virtual clock and what is due on it: the one loop of a simulated world."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from random import Random

from edge.support.due import NEVER

_SOONEST = 0.001
"""Seconds that pass between two polls of one task: a task that is always due must not stop the clock."""


class Scheduler:
    """True time, in seconds since the begin. What falls on one moment comes in an order of the seed's."""

    def __init__(self, seed: int) -> None:
        self.now = 0.0
        self.steps = 0
        self._order = Random(seed)
        self._due: list[tuple[float, float, int, Timer]] = []
        self._count = 0

    def at(self, when: float, call: Callable[[], object]) -> Timer:
        """Have `call` called at `when`, or at once if that is past; the timer can be cancelled."""
        timer = Timer(call)
        self._count += 1
        heapq.heappush(self._due, (max(when, self.now), self._order.random(), self._count, timer))
        return timer

    def after(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Have `call` called in so many seconds."""
        return self.at(self.now + seconds, call)

    def task(self, poll: Callable[[], float]) -> Task:
        """A task that is polled now, when it is due by its own word (true time), and when it is woken."""
        return Task(self, poll)

    @property
    def next_at(self) -> float:
        """When the next call is due; inf: none is."""
        while self._due and self._due[0][3].cancelled:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else NEVER

    def run(self, until: float, is_over: Callable[[], bool] = lambda: False) -> None:
        """Let time pass until `until`, or until the world `is_over` before."""
        while self._due and self._due[0][0] <= until:
            when, _, _, timer = heapq.heappop(self._due)
            if timer.cancelled:
                continue
            self.now = when
            self.steps += 1
            timer.call()
            if is_over():
                return
        self.now = max(self.now, until)

    def sleep(self, seconds: float) -> None:
        """Let time pass in which nothing is done, as a computer sleeps: what fell due is done after it."""
        self.now += seconds
        self._due = [(max(when, self.now), order, count, timer) for when, order, count, timer in self._due]
        heapq.heapify(self._due)


class Timer:
    """One call that is due."""

    __slots__ = ("call", "cancelled")

    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Task:
    """Something that is polled again and again. `stop` ends it; `wake` polls it as soon as possible."""

    def __init__(self, scheduler: Scheduler, poll: Callable[[], float]) -> None:
        self._scheduler = scheduler
        self._poll = poll
        self._stopped = False
        self._polled_at = -NEVER
        self._due_at = NEVER
        self._timer: Timer | None = None
        self._schedule(scheduler.now)

    def wake(self) -> None:
        """Poll it as soon as possible."""
        self._schedule(max(self._scheduler.now, self._polled_at + _SOONEST))

    def stop(self) -> None:
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def _schedule(self, when: float) -> None:
        if self._stopped or when >= self._due_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due_at, self._timer = when, None
        if when < NEVER:
            self._timer = self._scheduler.at(when, self._run)

    def _run(self) -> None:
        self._polled_at, self._due_at, self._timer = self._scheduler.now, NEVER, None
        due = self._poll()
        self._schedule(max(due, self._scheduler.now + _SOONEST))
