"""Has home visits opened when they are due, and tells those that are overdue."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import structlog

from edge.errors import words_of
from sync.central.isolation.visiting import Plan, carry_out, plan_visits, tell_overdue
from sync.central.store import Store

EVERY = 60.0
"""Seconds between two rounds: visits are due by the hour."""


class HomeVisitLoop:
    """Looks after the home visits in `store`; `look` does one round."""

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall
        self._said = ""
        self._log = structlog.get_logger("isolation")

    def run(self, stop: Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            self.look()
            stop.wait(EVERY)

    def look(self) -> int:
        """One round; returns how many visits were opened. What fails is said once, and tried again."""
        try:
            opened = self._look(self._wall())
        except Exception as error:  # noqa: BLE001 - a loop that ended would tell nothing any more
            if (words := words_of(error)) != self._said:
                self._said = words
                self._log.warning("no_visits_opened", error=self._said)
            return 0
        self._said = ""
        return opened

    def _look(self, now: int) -> int:
        opened = 0
        while True:
            with self._store.reading() as connection:
                plan = plan_visits(connection, now)
            with self._store.writing() as connection:
                made = 0 if plan == Plan() else carry_out(connection, plan, now)
                told = tell_overdue(connection, now)
            opened += made
            if not made and not told:
                return opened
