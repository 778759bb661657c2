"""Gives each device its share of one process, whatever another device sends. PURE."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

_Item = TypeVar("_Item", bound=Hashable)
_Any = TypeVar("_Any")

_REMEMBERED = 10_000
"""Devices that are remembered; beyond them, those that sent little are forgotten."""


class FairQueue(Generic[_Item]):
    """A queue of items by device, each item once and at most `most` of one device, served round robin."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: dict[str, dict[_Item, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._of)

    def offer(self, device: str, items: Iterable[_Item]) -> None:
        """Enqueue `items` of `device`; what exceeds its share is dropped."""
        mine = self._of.setdefault(device, {})
        for item in items:
            if len(mine) >= self._most:
                break
            mine[item] = None
        if not mine:
            del self._of[device]

    def next_items(self, count: int, each: int) -> Iterator[tuple[str, _Item]]:
        """Yield up to `count` items with their devices, at most `each` of one device.

        An item leaves the queue when the caller resumes this generator; the rest stays queued.
        """
        given: dict[str, int] = {}
        for _ in range(count):
            device = next(iter(self._of), None)
            # A served device goes to the back: if the first has had its share, all have.
            if device is None or given.get(device, 0) == each:
                return
            given[device] = given.get(device, 0) + 1
            mine = self._of[device]
            item = next(iter(mine))
            yield device, item
            mine.pop(item, None)
            # A served device goes to the back.
            del self._of[device]
            if mine:
                self._of[device] = mine


def round_robin(items: Iterable[tuple[str, _Any]], most: int) -> tuple[list[_Any], dict[str, list[_Any]]]:
    """Order `items` round robin by device, at most `most` of one; and by device what was dropped."""
    of: dict[str, list[_Any]] = {}
    left_out: dict[str, list[_Any]] = {}
    for device, item in items:
        mine = of.setdefault(device, [])
        if len(mine) < most:
            mine.append(item)
        else:
            left_out.setdefault(device, []).append(item)
    rounds = (mine[place : place + 1] for place in range(most) for mine in of.values())
    return [item for one in rounds for item in one], left_out


class Allowance:
    """A token bucket per device: `rate` messages a second, up to `burst` at once. `clock` is in seconds."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._spent: dict[str, tuple[float, float]] = {}

    def allows(self, device: str) -> bool:
        """Whether one more message of `device` is accepted now; if so, it is counted."""
        now = self._clock()
        if len(self._spent) >= _REMEMBERED:
            # Forget those that sent little, never one that floods.
            self._spent = {name: held for name, held in self._spent.items() if held[1] > self._burst / 2}
        at, spent = self._spent.get(device, (now, 0.0))
        spent = max(0.0, spent - (now - at) * self._rate)
        taken = spent + 1.0 <= self._burst
        self._spent[device] = now, spent + 1.0 if taken else spent
        return taken
