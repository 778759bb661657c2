"""Which order to stay at home holds at a time, by the history of what was ordered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edge.decision import HomeIsolation
from edge.signing.cose import instant


@dataclass(frozen=True)
class Ordered:
    """What was ordered of somebody at `at` (microseconds since 1970 UTC); an `order` of None: lifted."""

    number: int
    at: int
    order: HomeIsolation | None


def in_force(history: Iterable[Ordered], at: int) -> Ordered | None:
    """The order that holds at `at`, by what had been ordered until then; None: nobody had to stay at home."""
    known = [each for each in history if each.at <= at]
    newest = max(known, key=lambda each: (each.at, each.number), default=None)
    if newest is None or newest.order is None or not newest.order.holds_at(instant(at)):
        return None
    return newest


def is_excepted(ordered: Ordered, at: int) -> bool:
    """Whether a declared exception covers `at`."""
    return ordered.order is not None and ordered.order.exception_at(instant(at)) is not None
