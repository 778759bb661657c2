"""Watches the database and the processes of a centre, and says what it waits for: once, while it lasts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event

import sqlalchemy as sa
import structlog

from edge.support.phrases import Phrase, phrase
from sync.central.processes.registering import CentreProcess, misfits, now_of, register, running
from sync.central.processes.waits import waits_of
from sync.central.store import Store, StoreError, schema_in

EVERY = 2.0
"""Seconds between two looks."""
_ANSWERS_FOR = 15.0
"""Seconds: a look that takes longer has no answer."""


class CentreWatch:
    """Looks at `store` for a process; `look` does one round. `waiting` is called in each round in which
    commits wait, or the database does not answer, with the words for it: whoever waits in a commit says
    nothing else.
    """

    def __init__(
        self,
        store: Store,
        process: CentreProcess,
        wall: Callable[[], int],
        waiting: Callable[[str], object] = lambda _: None,
        *,
        newest: Callable[[sa.Connection], int | None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._process, self._wall, self._waiting = store, process, wall, waiting
        self._newest, self._clock = newest, clock
        self._answered_at = float("-inf")
        self.newest: int | None = None
        """When something was stored last, as `newest` says."""
        self._log = structlog.get_logger("centre")
        self.waits: tuple[Phrase, ...] = ()
        """What the database waits for now."""
        self.misfits: tuple[Phrase, ...] = ()
        """What does not fit of the processes that run."""

    @property
    def answers(self) -> bool:
        """Whether the database has answered in the last rounds."""
        return self._clock() < self._answered_at + _ANSWERS_FOR

    def run(self, stop: Event) -> None:
        """Look until `stop` is set."""
        while True:
            self.look()
            if stop.wait(EVERY):
                return

    def look(self) -> None:
        """One round."""
        waits, found = self._seen()
        for said, before, now in (("waits", self.waits, waits), ("misfit", self.misfits, found)):
            for words in now if _kinds(now) != _kinds(before) else ():
                self._log.warning(said, what=str(words))
        if self.waits and not waits:
            self._log.info("waits_no_more")
        self.waits, self.misfits = waits, found
        if waits:
            self._waiting("; ".join(map(str, waits)))

    # --- inside ----------------------------------------------------------------------------

    def _seen(self) -> tuple[tuple[Phrase, ...], tuple[Phrase, ...]]:
        try:
            with self._store.reading() as connection:
                waits, schema = waits_of(connection), schema_in(connection)
                self.newest = self._newest(connection)
            self._answered_at = self._clock()
            if waits or not self._store.is_on_server:
                return waits, ()
            with self._store.writing() as connection:
                now = now_of(connection, self._wall())
                register(connection, replace(self._process, seen_at=now), now)
                return (), tuple(misfits(running(connection, now), schema))
        except StoreError as error:
            self._answered_at = float("-inf")
            return (phrase("the database does not answer: %(why)s", why=error.said[0]),), self.misfits


def _kinds(words: tuple[Phrase, ...]) -> tuple[str, ...]:
    """What is said without its figures: it is logged once, and not for each second that it lasts."""
    return tuple(
        "".join(letter for letter in str(each) if not letter.isdigit()).split(": ")[0] for each in words
    )
