"""How long people waited for a decision, counted by classes of time: sums of sites need no row."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

UP_TO = (100, 200, 300, 450, 600, 800, 1000, 1500, 2000, 3000, 5000, 10_000, 30_000)
"""Milliseconds: the upper bound of each class; a longer wait is in the last, which has none. The promises
(half within 300, 95 in a hundred within 600, 99 within 1,000) are bounds of classes.
"""
WAITED = "waited:"
"""Before a class's number: how many accesses were in it. Counted by the hour."""


def class_of(waited: int) -> str:
    """What a wait of so many milliseconds counts as."""
    return f"{WAITED}{bisect_left(UP_TO, waited)}"


def quantile(counts: Mapping[str, int], share: float) -> int | None:
    """Milliseconds within which that `share` of the accesses in `counts` (by class) was decided; the bound of
    the class that it falls into. None where nobody counted, or where it is longer than the last bound.
    """
    by_class = sorted((int(name.removeprefix(WAITED)), times) for name, times in counts.items())
    left = share * sum(times for _, times in by_class)
    for number, times in by_class:
        left -= times
        if left <= 1e-9 and times:
            return UP_TO[number] if number < len(UP_TO) else None
    return None
