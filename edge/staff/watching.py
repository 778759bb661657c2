"""Answers those who watch: as soon as something changed, else when they would wait no longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from edge.staff.protocol import Answer
from edge.staff.protocol.watching import Watch, Watched
from edge.staff.views.published import Published
from edge.support.due import NEVER


@dataclass(frozen=True)
class _Waiting:
    watch: Watch
    answer: Callable[[Answer], None]
    until: float


class Watching:
    """Who watches what is `published`; a task of its own polls it. `add` never waits."""

    def __init__(self, published: Published, monotonic: Callable[[], float]) -> None:
        self._published = published
        self._monotonic = monotonic
        self._lock = Lock()
        self._waiting: tuple[_Waiting, ...] = ()
        self._wake: Callable[[], None] = lambda: None

    def at_work(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, from any thread, when there is something for `poll`."""
        self._wake = wake
        self._published.at_change(wake)

    def add(self, watch: Watch, answer: Callable[[Answer], None]) -> None:
        """Answer `watch` when it is due; from any thread."""
        with self._lock:
            self._waiting += (_Waiting(watch, answer, self._monotonic() + watch.most_wait),)
        self._wake()

    def poll(self) -> float:
        """Answer those whose answer is due; returns when the next is."""
        now = self._monotonic()
        with self._lock:
            waiting, self._waiting = self._waiting, ()
        kept = tuple(one for one in waiting if not self._answered(one, now))
        with self._lock:
            self._waiting += kept
        return min((one.until for one in kept), default=NEVER)

    def _answered(self, waiting: _Waiting, now: float) -> bool:
        published, watch = self._published, waiting.watch
        since = watch.since if watch.run == published.run else 0
        version, changed = published.since(since, watch.topics)
        if not changed and now < waiting.until:
            return False
        waiting.answer(Watched(published.run, version, changed))
        return True
