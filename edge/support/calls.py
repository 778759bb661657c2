"""Calls that any thread hands to the one that may carry them out."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue

import structlog

MOST_WAITING = 64
MOST_A_TURN = 8
"""Calls carried out in one turn, at most: one who calls at will must not hold up what else is due."""


class Calls:
    """Calls for the thread that polls; `wake` has it poll at once."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._log = structlog.get_logger("edge.calls")

    def put(self, call: Callable[[], None], *, always: bool = False) -> bool:
        """Hand in a call, and never wait; False where too many wait already. `always`: one that the gate
        itself has to make, whose number is bounded by itself.
        """
        if not always and self._waiting.qsize() >= MOST_WAITING:
            return False
        self._waiting.put(call)
        self._wake()
        return True

    @property
    def empty(self) -> bool:
        return self._waiting.empty()

    def poll(self) -> None:
        """Carry out a few; what one raises ends only itself."""
        for _ in range(MOST_A_TURN):
            try:
                call = self._waiting.get_nowait()
            except Empty:
                return
            try:
                call()
            except Exception as error:  # noqa: BLE001 - what one caller causes, the lane and the others do not notice
                self._log.error("call_failed", exc_info=error)
