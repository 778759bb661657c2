"""Lets the ordinary events of a passage go up in one batch; anything else takes them along at once. PURE."""

from __future__ import annotations

from collections.abc import Sequence

from edge.decision import Outcome
from edge.journal.format import (
    AccessDecided,
    Entry,
    LaneClosed,
    LaneExitRequested,
    LaneOpened,
    LanePassed,
    understood,
)
from edge.support.due import NEVER

_MOVES = frozenset(event.kind.value for event in (LaneOpened, LanePassed, LaneClosed, LaneExitRequested))


def may_wait(entry: Entry) -> bool:
    """Whether nobody has to hear of `entry` at once: a grant without an alarm, or how the barrier moved."""
    if entry.kind in _MOVES:
        return True
    event = understood(entry) if entry.kind == AccessDecided.kind.value else None
    if not isinstance(event, AccessDecided):
        return False
    return event.decision.outcome is Outcome.GRANT and not event.decision.alarm


class Gathering:
    """Holds events back for at most `linger` seconds. Times are monotonic, in seconds."""

    def __init__(self, linger: float) -> None:
        self._linger = linger
        self._since: float | None = None

    @property
    def is_holding(self) -> bool:
        """Whether events are held back now."""
        return self._since is not None

    @property
    def until(self) -> float:
        """Until when events are held back at most (monotonic, in seconds); inf: none are."""
        return NEVER if self._since is None else self._since + self._linger

    def holds(self, entries: Sequence[Entry], now: float, *, most: int) -> bool:
        """Whether `entries`, the next to be sent, wait for more; never where they fill a batch of `most`."""
        if self._since is None:
            self._since = now
        waits = now < self.until and len(entries) < most and all(map(may_wait, entries))
        if not waits:
            self._since = None
        return waits

    def release(self) -> None:
        """There is nothing to hold back."""
        self._since = None
