"""Counts people per minute, by monotonic time. PURE."""

from __future__ import annotations

from collections import deque

import msgspec

from edge.decision import Direction

WINDOW = 60.0
_MOST = 10_000


class PassageRate(msgspec.Struct, frozen=True):
    """Persons who passed within the last minute, and how many of them no beam saw."""

    entered: int = 0
    left: int = 0
    estimated: int = 0


class Flow:
    """The passages of the last minute at one lane."""

    def __init__(self) -> None:
        self._passages: deque[tuple[float, Direction | None, bool]] = deque(maxlen=_MOST)

    def passed(self, at: float, direction: Direction | None, *, estimated: bool) -> None:
        self._passages.append((at, direction, estimated))

    def rate(self, now: float) -> PassageRate:
        while self._passages and self._passages[0][0] <= now - WINDOW:
            self._passages.popleft()
        ways = [direction for _, direction, _ in self._passages]
        return PassageRate(
            ways.count(Direction.ENTRY),
            ways.count(Direction.EXIT),
            sum(estimated or direction is None for _, direction, estimated in self._passages),
        )
