"""Where events are missing between those that are here: rows of their own, at their place. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Gap:
    """Events `first` to `last` are not here; `lost`: the gate said that it has them no more. `filled` of them
    had been missing as well and came after all.
    """

    first: int
    last: int
    lost: bool = False
    filled: int = 0

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Declared:
    """What a gate declared lost, from `first` to `last`; `arrived`: it came after all."""

    first: int
    last: int
    arrived: bool


def gaps_between(sequences: Sequence[int], declared: Iterable[Declared], *, from_start: bool) -> list[Gap]:
    """The gaps between `sequences` (newest first), newest first, and the one before the last of them where
    these reach back to the journal's beginning.
    """
    said = [*declared]
    found = []
    below = [*sequences[1:], 0] if from_start else sequences[1:]
    for above, under in zip(sequences, below, strict=False):
        if above - under > 1:
            found.append(_gap(under + 1, above - 1, said))
    return found


def _gap(first: int, last: int, declared: Sequence[Declared]) -> Gap:
    lost = any(item.first <= first and item.last >= last and not item.arrived for item in declared)
    return Gap(first, last, lost, _filled_around(first, last, declared))


def _filled_around(first: int, last: int, declared: Sequence[Declared]) -> int:
    """How many came after all of what was declared lost without a break with `first` to `last`."""
    begin, end, filled = first, last, 0
    waiting = [item for item in declared if item.arrived]
    while beside := [item for item in waiting if item.last == begin - 1 or item.first == end + 1]:
        for item in beside:
            begin, end = min(begin, item.first), max(end, item.last)
            filled += item.last - item.first + 1
            waiting.remove(item)
    return filled
