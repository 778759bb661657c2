"""Lets one loop of a process wake another before its time."""

from __future__ import annotations

from threading import Event


class Waker:
    """What a loop waits at between two rounds. Other processes wake nobody here: each loop looks by itself,
    too.
    """

    def __init__(self) -> None:
        self._noticed = Event()

    def notice(self) -> None:
        """There is something to do: the next round is now."""
        self._noticed.set()

    def wait(self, seconds: float) -> bool:
        """Wait until there is something to do, or until so many seconds are over; returns whether there is.
        What comes while the next round runs makes another one.
        """
        noticed = self._noticed.wait(seconds)
        self._noticed.clear()
        return noticed
