"""Limits repeated reports: what an outsider can cause at will must not fill the journal."""

from __future__ import annotations

from collections.abc import Callable

REPORT_AGAIN_AFTER = 60.0


class Throttle:
    """Reports each kind of occurrence once a minute, with how often it happened since the last report."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._told: dict[str, tuple[float, int]] = {}

    def happened(self, what: str) -> int:
        """How many occurrences to report now, this one included; 0: it is counted and reported later."""
        now = self._monotonic()
        told, count = self._told.get(what, (float("-inf"), 0))
        if now - told < REPORT_AGAIN_AFTER:
            self._told[what] = told, count + 1
            return 0
        self._told[what] = now, 0
        return count + 1
