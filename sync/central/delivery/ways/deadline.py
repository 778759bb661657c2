"""Ends a connection when its time is over, though the other side says a little again and again."""

from __future__ import annotations

from contextlib import suppress
from socket import SHUT_RDWR, create_connection, socket
from threading import Timer
from time import monotonic
from types import TracebackType
from typing import Self


class Deadline:
    """After `seconds` the connection that it opened is over, whatever wraps it: a second handle cuts it. What
    fails then is said to be a TimeoutError, not what became of the cut.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._handle: socket | None = None
        self._is_over = False
        self._until = monotonic() + seconds
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._handle is not None:
            self._handle.close()
        # By the clock: a wait that began later may end just before the timer's thread has cut.
        if error is not None and monotonic() >= self._until:
            raise TimeoutError(f"no whole answer within {self._seconds:g} s: the other side hangs") from error

    def opened(self, host: str, port: int) -> socket:
        """A connection. Raises OSError."""
        line = create_connection((host, port), self._seconds)
        self._handle = line.dup()
        if self._is_over:  # a name may lead to several addresses, each of which took its time
            line.close()
            raise TimeoutError(f"no connection within {self._seconds:g} s")
        return line

    def _cut(self) -> None:
        self._is_over = True
        if self._handle is not None:
            with suppress(OSError):
                self._handle.shutdown(SHUT_RDWR)
