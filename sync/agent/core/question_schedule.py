"""When a gate says hello, and so asks what is newer: the broker retains nothing. PURE."""

from __future__ import annotations

from collections.abc import Callable

AGAIN_AFTER = 60.0
"""Seconds from the first hello on a link to the second, at most.
"""
ASKED_EVERY = 300.0
"""Seconds between two hellos, at most: a lost announcement is made up for within this time."""


class QuestionSchedule:
    """Schedules the hellos on one link: at once, then after spans that double up to `ASKED_EVERY`.

    Half of each span is random (`chance` returns a number in [0, 1)), so that gates whose links came up
    together do not speak together again.
    """

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._span = AGAIN_AFTER
        self._ask_at = float("-inf")

    @property
    def ask_at(self) -> float:
        """When it is due next (monotonic, in seconds)."""
        return self._ask_at

    def is_due(self, now: float) -> bool:
        """Whether to say it at `now` (monotonic, in seconds); if so, it counts as said."""
        if now < self._ask_at:
            return False
        self._ask_at = now + self._span * (0.5 + 0.5 * self._chance())
        self._span = min(2.0 * self._span, ASKED_EVERY)
        return True
