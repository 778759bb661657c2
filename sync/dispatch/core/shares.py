"""Each device its share of what one process does for all of them, whatever another one sends. PURE."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

_Item = TypeVar("_Item", bound=Hashable)
_Any = TypeVar("_Any")

_REMEMBERED = 10_000
"""Devices; beyond them those that sent little are forgotten."""


class FairQueue(Generic[_Item]):
    """What devices wait for, each item once and at most `most` of one device; taken one of each by turns."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: dict[str, dict[_Item, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._of)

    def offer(self, device: str, items: Iterable[_Item]) -> None:
        """Let `items` wait; those that are too many for one device are left out."""
        mine = self._of.setdefault(device, {})
        for item in items:
            if len(mine) >= self._most:
                break
            mine[item] = None
        if not mine:
            del self._of[device]

    def next_items(self, count: int, each: int) -> Iterator[tuple[str, _Item]]:
        """The next `count`, at most `each` of one device. Who resumes this has taken what it gave; the rest
        goes on waiting.
        """
        given: dict[str, int] = {}
        for _ in range(count):
            device = next(iter(self._of), None)
            # Each goes behind the others: where the first has had its share, all have.
            if device is None or given.get(device, 0) == each:
                return
            given[device] = given.get(device, 0) + 1
            mine = self._of[device]
            item = next(iter(mine))
            yield device, item
            mine.pop(item, None)
            # A device that was served goes behind all others.
            del self._of[device]
            if mine:
                self._of[device] = mine


def round_robin(items: Iterable[tuple[str, _Any]], most: int) -> tuple[list[_Any], dict[str, int]]:
    """`items` with one of each device by turns, at most `most` of one; and how many were left out of whom."""
    of: dict[str, list[_Any]] = {}
    left_out: dict[str, int] = {}
    for device, item in items:
        mine = of.setdefault(device, [])
        if len(mine) < most:
            mine.append(item)
        else:
            left_out[device] = left_out.get(device, 0) + 1
    rounds = (mine[place : place + 1] for place in range(most) for mine in of.values())
    return [item for one in rounds for item in one], left_out


class Allowance:
    """So many messages a second of each device, with a burst saved up."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._spent: dict[str, tuple[float, float]] = {}

    def allows(self, device: str) -> bool:
        """Whether one more of `device` is taken now."""
        now = self._clock()
        if len(self._spent) >= _REMEMBERED:
            # Strangers who said little are forgotten; those who flood are not.
            self._spent = {name: held for name, held in self._spent.items() if held[1] > self._burst / 2}
        at, spent = self._spent.get(device, (now, 0.0))
        spent = max(0.0, spent - (now - at) * self._rate)
        taken = spent + 1.0 <= self._burst
        self._spent[device] = now, spent + 1.0 if taken else spent
        return taken
