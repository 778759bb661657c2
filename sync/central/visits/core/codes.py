"""What a number is worth that a visitor tells the staff. What a number is, `edge.credentials.known` says."""

from __future__ import annotations

from enum import StrEnum


class NumberVerdict(StrEnum):
    """What a typed number is worth."""

    GOOD = "good"
    NOT_A_NUMBER = "not_a_number"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    TOO_EARLY = "too_early"
    OVER = "over"
    USED_UP = "used_up"
    TOO_MANY_WRONG = "too_many_wrong"


def verdict_of(window: tuple[int, int], uses: int, used: int, now: int, *, cancelled: bool) -> NumberVerdict:
    """What a number that opened `used` times of `uses` is worth at `now`; `window` is the visit's begin
    (inclusive) and end (exclusive).
    """
    since, until = window
    if cancelled:
        return NumberVerdict.CANCELLED
    if now >= until:
        return NumberVerdict.OVER
    if now < since:
        return NumberVerdict.TOO_EARLY
    return NumberVerdict.USED_UP if used >= uses else NumberVerdict.GOOD


def uses_each_way(uses: int) -> int:
    """How often a gate lets somebody pass each way by a number that opens so often, in and out together."""
    return max(1, (uses + 1) // 2)
