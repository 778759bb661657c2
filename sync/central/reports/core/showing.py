"""Which figures of groups, gates, hours and sites are of too few to be shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

SHOWN_FROM = 1_000
"""Figures of fewer readings, or passages, are not shown: they would tell of persons, and say nothing."""

_Of = TypeVar("_Of")


def is_enough(count: int) -> bool:
    """Whether figures of so many are shown."""
    return count >= SHOWN_FROM


def shown(all_of: Sequence[_Of], weight: Callable[[_Of], tuple[int, str]]) -> tuple[tuple[_Of, ...], int]:
    """Those that are shown, and how many are not; `weight` says of how much one is, and its name. What the
    shown ones leave of the whole is what the hidden ones come to: it has to be of enough too, so that the
    smallest are hidden with those.
    """
    ordered = sorted(all_of, key=weight)
    hidden, left = 0, 0
    for each in ordered:
        if is_enough(weight(each)[0]) and (not left or is_enough(left)):
            break
        hidden, left = hidden + 1, left + weight(each)[0]
    gone = ordered[:hidden]
    return tuple(each for each in all_of if each not in gone), hidden
