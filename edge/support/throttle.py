"""Limits repeated reports: what an outsider can cause at will must not fill the journal."""

from __future__ import annotations

from collections.abc import Callable

REPORT_AGAIN_AFTER = 60.0
MOST_KINDS = 64
"""Kinds that are told apart within that time; a kind may hold a name that an outsider chose."""
_OTHERS = "\0others"


class Throttle:
    """Reports each kind of occurrence once in `again_after` seconds, with how often it happened since then.

    Of very many kinds at once, which only somebody makes who wants to fill something, the rest count as one.
    """

    def __init__(self, monotonic: Callable[[], float], again_after: float = REPORT_AGAIN_AFTER) -> None:
        self._monotonic = monotonic
        self._again_after = again_after
        self._told: dict[str, tuple[float, int]] = {}

    def happened(self, what: str) -> int:
        """How many occurrences to report now, this one included; 0: it is counted and reported later."""
        now = self._monotonic()
        what = self._place_for(what, now)
        told, count = self._told.get(what, (float("-inf"), 0))
        if now - told < self._again_after:
            self._told[what] = told, count + 1
            return 0
        self._told[what] = now, 0
        return count + 1

    def _place_for(self, what: str, now: float) -> str:
        """`what`, or one name for all others where too many kinds occurred lately."""
        if what not in self._told and len(self._told) >= MOST_KINDS:
            recent = {kind: one for kind, one in self._told.items() if now - one[0] < self._again_after}
            self._told = recent
            return what if len(recent) < MOST_KINDS else _OTHERS
        return what
