"""A scanner's line in memory: what a test has it send arrives, and nothing waits."""

from __future__ import annotations

from collections import deque

from edge.errors import DeviceError
from edge.scanners.lines import MOST_AT_ONCE
from edge.support.due import NEVER


class ScriptedLine:
    """Sends what is put into `sends`; `there` says whether it is plugged in."""

    def __init__(self) -> None:
        self.there = True
        self.breaks = False
        self.sends: deque[bytes] = deque()
        self.key = ""
        self.opened = self.closed = 0
        self.waits: list[float] = []

    def open(self) -> None:
        if not self.there:
            raise DeviceError("the scanner cannot be opened: no such file", where="/dev/scripted")
        self.opened += 1

    def read(self, wait: float) -> bytes:
        self.waits.append(wait)
        if self.breaks:
            raise ZeroDivisionError("a driver's bug")
        if not self.there:
            raise DeviceError("the scanner was lost", where="/dev/scripted")
        if not self.sends:
            return b""
        data = self.sends.popleft()
        if len(data) > MOST_AT_ONCE:
            self.sends.appendleft(data[MOST_AT_ONCE:])
        return data[:MOST_AT_ONCE]

    def read_again(self, now: float) -> float:
        del now
        return NEVER

    def stuck(self, now: float) -> str:
        del now
        return self.key

    def close(self) -> None:
        self.closed += 1
