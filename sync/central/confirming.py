"""Holds back what central says until the standbys have what it rests on: who is told so deletes their own.

All is committed on the server's own disk first, and seen at once; one wait for the standbys then covers what
was committed before it. So nothing else stands still while a standby is away or lags.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from threading import Condition, Thread

import structlog

from sync.central.server import CommitPoint, end_waits
from sync.central.store import Store, StoreError
from sync.wire import SealedMessage

PATIENCE = 0.2
"""Seconds that an answer is waited for where it is made; one that takes longer is sent once it can be."""
LOOKS_EVERY = 0.05
"""Seconds between two looks for what was confirmed late."""
_ENDED_WITHIN = 3.0
"""Seconds that a process that ends gives the server to end its wait."""
_ENDED_AGAIN = 0.05
"""Seconds after which it asks again: a wait may begin between the first time and its own end."""
_PAUSE = 1.0
"""Seconds after a wait that failed."""
_MOST = 20_000
"""Answers that are held back; beyond them the oldest are dropped: whoever waits for one asks again."""


@dataclass(frozen=True)
class HeldAnswer:
    """A message that rests on a transaction at `point`; a later one with the same `key` takes its place."""

    point: CommitPoint
    key: Hashable
    message: SealedMessage


class Confirming:
    """The answers that wait for the standbys of `store`. Several handlers may share one.

    `waiter` names whose waits they are, to the server: those that a process of this name left there when it
    was killed are ended, and its own as it closes.
    """

    def __init__(self, store: Store, waiter: str = "") -> None:
        self._store, self._waiter = store, waiter
        self._changed = Condition()
        self._held: dict[Hashable, HeldAnswer] = {}
        self._asked: dict[Hashable, HeldAnswer] = {}
        self._asked_at = 0.0
        self._ready: dict[Hashable, HeldAnswer] = {}
        self._fails = False
        self._runs = False
        self._is_closed = False
        self._log = structlog.get_logger("central.confirming")
        self._end_waits()

    @property
    def holds(self) -> bool:
        """Whether an answer is held back, or was confirmed and not taken."""
        with self._changed:
            return bool(self._held or self._asked or self._ready)

    def said(self, answers: Iterable[HeldAnswer], patience: float = PATIENCE) -> Iterator[SealedMessage]:
        """What may be said now of `answers`, whose transactions are committed; the rest is held back, and
        comes by `late`. Waits for `patience` seconds at most, and not at all while others wait for longer,
        or the last wait failed.
        """
        given = list(answers)
        now = [each.message for each in given if not each.point.waits]
        waiting = {each.key: each for each in given if each.point.waits}
        if not waiting:
            return iter(now)
        with self._changed:
            for key, answer in waiting.items():
                self._held.pop(key, None)  # the newest last
                self._held[key] = answer
            _bound(self._held)
            self._begin()
            is_stuck = bool(self._asked) and time.monotonic() > self._asked_at + patience
            if not (is_stuck or self._fails):
                self._changed.wait_for(lambda: not self._waits_for(waiting), patience)
        return chain(now, self.late())

    def waiting(self, answers: Iterable[HeldAnswer]) -> list[HeldAnswer]:
        """Those of `answers` that are held back now: they, or later ones in their place, come by `late`."""
        with self._changed:
            return [each for each in answers if self._waits_for({each.key: each})]

    def late(self) -> Iterator[SealedMessage]:
        """What was confirmed and not taken yet, the oldest first. Each is gone once the next is asked for:
        what the link does not take is found again.
        """
        while True:
            with self._changed:
                found = next(iter(self._ready.values()), None)
            if found is None:
                return
            yield found.message
            with self._changed:
                if self._ready.get(found.key) is found:
                    del self._ready[found.key]

    def close(self) -> None:
        """Forget what is held back, and end a wait that goes on: the server would wait with it for nobody."""
        with self._changed:
            self._is_closed = True
            self._held, self._ready = {}, {}
            self._changed.notify_all()
            waits = bool(self._asked and self._waiter)
        if waits:
            ending = Thread(target=self._end_own_wait, name="ending waits", daemon=True)
            ending.start()
            ending.join(_ENDED_WITHIN)

    # --- inside ----------------------------------------------------------------------------

    def _waits_for(self, answers: dict[Hashable, HeldAnswer]) -> bool:
        return any(
            self._held.get(key) is answer or self._asked.get(key) is answer for key, answer in answers.items()
        )

    def _begin(self) -> None:
        """Start the thread that waits, if none does. It keeps no process from ending."""
        if not self._runs:
            self._runs = True
            Thread(target=self._run, name="confirming", daemon=True).start()
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._fails:
                    self._changed.wait_for(lambda: self._is_closed, _PAUSE)
                self._changed.wait_for(lambda: self._held or self._is_closed)
                if self._is_closed or self._store.is_closed:
                    self._runs = False
                    return
                self._asked, self._held = self._held, {}
                self._asked_at = time.monotonic()
            run = self._confirmed()
            with self._changed:
                asked, self._asked = self._asked, {}
                if run is None:
                    self._held = asked | self._held
                else:
                    self._release(asked.values(), run)
                self._fails = run is None
                self._changed.notify_all()

    def _confirmed(self) -> str | None:
        """The run of the server whose standbys have all that was committed; None: they do not say so."""
        try:
            return self._store.confirm(waiter=self._waiter)
        except StoreError as error:
            if not self._is_closed:
                self._log.warning("not_confirmed", error=error.what)
            return None

    def _end_waits(self) -> None:
        """End the waits of this name at the server; where that is away there are none."""
        if not self._waiter:
            return
        with suppress(StoreError), self._store.reading() as connection:
            ended = end_waits(connection, self._waiter)
            if ended:
                self._log.info("waits_ended", count=ended)

    def _end_own_wait(self) -> None:
        """End the wait that goes on, or begins only now: the server knows of one a moment later."""
        until = time.monotonic() + _ENDED_WITHIN
        is_over = False
        while not is_over and time.monotonic() < until:
            self._end_waits()
            with self._changed:
                is_over = self._changed.wait_for(lambda: not self._asked, _ENDED_AGAIN)

    def _release(self, answers: Iterable[HeldAnswer], run: str) -> None:
        """Let go what was committed on the server that was asked. What another committed it may not have."""
        there = {each.key: each for each in answers if each.point.run == run}
        for key in there:
            self._ready.pop(key, None)  # the newest last
        self._ready |= there
        _bound(self._ready)
        dropped = len(list(answers)) - len(there)
        if dropped:
            self._log.warning("answers_of_another_server_dropped", count=dropped)


def _bound(answers: dict[Hashable, HeldAnswer]) -> None:
    """Drop the oldest beyond as many as are kept."""
    while len(answers) > _MOST:
        del answers[next(iter(answers))]
