"""One life of a process of a simulated computer: its tasks, what it writes, and its end."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TypeVar

from edge.support.due import NEVER
from tests.simulation.card import CardUser, ProcessKilled
from tests.simulation.observations import RAISED
from tests.simulation.scheduler import Scheduler, Task

T = TypeVar("T")


class Life:
    """What runs by `call` writes as `user`, and ends with it. `ended` hears once of the end, and how it came.

    `true_at` gives the true time of a moment by the process's monotonic clock.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        user: CardUser,
        true_at: Callable[[float], float],
        ended: Callable[[str], None],
    ) -> None:
        self._scheduler = scheduler
        self._user = user
        self._true_at = true_at
        self._ended = ended
        self._tasks: list[Task] = []
        self.lives = True

    def call(self, do: Callable[[], T], otherwise: T) -> T:
        """Run something in this process: `otherwise` where it does not live, or dies of it."""
        if not self.lives:
            return otherwise
        try:
            with self._user:
                return do()
        except ProcessKilled:
            self.end("killed")
        except Exception:  # noqa: BLE001 - whatever it is, a process ends of it
            self.end(f"{RAISED}\n{traceback.format_exc()}")
        return otherwise

    def kill_at(self, write: int) -> None:
        """Kill it at its so manieth write from now."""
        self._user.kill_at(write)

    def task(self, poll: Callable[[], float], after_each: Callable[[], None] = lambda: None) -> Task:
        """Have something polled in this process, for as long as it lives."""

        def polled() -> float:
            due = self._true_at(self.call(poll, NEVER))
            after_each()
            return due

        task = self._scheduler.task(polled)
        self._tasks.append(task)
        return task

    def end(self, how: str) -> None:
        """End it at once; nothing that it holds is closed in order."""
        if not self.lives:
            return
        self.lives = False
        for task in self._tasks:
            task.stop()
        self._user.kill()
        self._ended(how)
