"""When a way is said to fail, though what goes by it is still tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sync.central.delivery.core.messages import DeliveryOutcome
from sync.central.units import MINUTE

TRIES = 4
FOR_AT_LEAST = MINUTE
"""So often in a row, and for so long: less than a worker has for an answer, more than a short fault lasts."""


class TimedOutcome(Protocol):
    """A try: when, and what became of it."""

    @property
    def at(self) -> int: ...

    @property
    def outcome(self) -> DeliveryOutcome: ...


@dataclass(frozen=True)
class FailureRow:
    """The tries of a way that were put off one after the other, since when, and whether that was said."""

    tries: int = 0
    since: int = 0
    said: bool = False

    def after(self, made: TimedOutcome) -> FailureRow:
        """What it is with one try more. What is refused was answered: it says nothing of the way."""
        if made.outcome is DeliveryOutcome.SENT:
            return FailureRow()
        if made.outcome is DeliveryOutcome.REFUSED:
            return self
        return FailureRow(self.tries + 1, self.since if self.tries else made.at, self.said)

    def is_failing(self, now: int) -> bool:
        return self.tries >= TRIES and now - self.since >= FOR_AT_LEAST
