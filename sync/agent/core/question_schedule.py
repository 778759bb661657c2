"""When a gate asks what is newest of its registry: nothing waits for it at a broker. PURE."""

from __future__ import annotations

from collections.abc import Callable

AGAIN_AFTER = 60.0
"""Seconds from the first question on a link to the second, at most: the centre may come up after it."""
ASKED_EVERY = 300.0
"""Seconds between two questions, at most: an announcement that was lost is caught within this time."""


class QuestionSchedule:
    """The questions on one link: at once, and again after spans that double up to `ASKED_EVERY`.

    Half of each span is `chance`, in [0, 1): gates whose links came up together do not ask together again.
    """

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._span = AGAIN_AFTER
        self._ask_at = float("-inf")

    def is_due(self, now: float) -> bool:
        """Whether to ask now; then it counts as asked."""
        if now < self._ask_at:
            return False
        self._ask_at = now + self._span * (0.5 + 0.5 * self._chance())
        self._span = min(2.0 * self._span, ASKED_EVERY)
        return True
