"""The pulse of the live pages: whoever stores something notifies, and every stream looks."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from threading import Lock

MOST_STREAMS = 256
"""So many pages of a process are live at a time."""


class Pulse:
    """Tells every stream that something is new. Any thread may notify."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._open = 0
        self.closed = False

    def notify(self) -> None:
        """Something was stored: the streams look."""
        with self._lock:
            for event, loop in self._waiting.items():
                with suppress(RuntimeError):  # its loop has ended meanwhile
                    loop.call_soon_threadsafe(event.set)

    def close(self) -> None:
        """The process stops: every stream ends."""
        self.closed = True
        self.notify()

    async def wait(self, seconds: float) -> None:
        """Until somebody notifies, at most so long."""
        event = asyncio.Event()
        with self._lock:
            self._waiting[event] = asyncio.get_running_loop()
        try:
            if not self.closed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), seconds)
        finally:
            with self._lock:
                del self._waiting[event]

    def enter(self) -> bool:
        """Count a new stream; False where there are too many."""
        with self._lock:
            if self.closed or self._open >= MOST_STREAMS:
                return False
            self._open += 1
            return True

    def leave(self) -> None:
        with self._lock:
            self._open -= 1
