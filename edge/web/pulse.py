"""The pulse of the live pages: whoever stores something notifies, and every stream looks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock

MOST_STREAMS = 256
"""So many pages of a process are live at a time."""
MOST_OF_ONE = 16
"""And so many of one account: nobody keeps the others' pages from being live."""


class Pulse:
    """Tells every stream that something is new. Any thread may notify."""

    def __init__(self, most: int = MOST_STREAMS, most_of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._lock = Lock()
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._open = Counter[Hashable]()
        """How many pages of each account are live."""
        self.beats = 0
        """How often somebody has notified."""
        self.closed = False

    def notify(self) -> None:
        """Something was stored: the streams look."""
        with self._lock:
            self.beats += 1
            for event, loop in self._waiting.items():
                with suppress(RuntimeError):  # its loop has ended meanwhile
                    loop.call_soon_threadsafe(event.set)

    def close(self) -> None:
        """The process stops: every stream ends."""
        self.closed = True
        self.notify()

    async def wait(self, seconds: float, since: int) -> None:
        """Until somebody has notified after the beat `since`, at most so long."""
        event = asyncio.Event()
        with self._lock:
            self._waiting[event] = asyncio.get_running_loop()
        try:
            if not self.closed and self.beats == since:
                with suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), seconds)
        finally:
            with self._lock:
                del self._waiting[event]

    def is_full_for(self, whose: Hashable) -> bool:
        """Whether no more streams of this account are taken."""
        with self._lock:
            own, whole = self._open[whose], self._open.total()
        return self.closed or whole >= self._most or own >= self._most_of_one

    @contextmanager
    def counted(self, whose: Hashable) -> Iterator[None]:
        """One more stream of an account, for as long as the block lasts."""
        with self._lock:
            self._open[whose] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[whose] -= 1
                self._open += Counter()  # without the accounts that have none
