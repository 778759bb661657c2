"""What the attendant asks of those who count people and measure temperatures."""

from __future__ import annotations

from typing import Protocol

from edge.decision.evidence import TemperatureReading
from edge.decision.situation import Crowding, LastPassage


class People(Protocol):
    """What the attendant asks of the count of people."""

    def occupancy(self) -> int | None:
        """How many people are inside; None where nobody counts."""
        ...

    def crowding(self) -> Crowding:
        """How full the site is."""
        ...

    def last_passage(self, subject: str) -> LastPassage | None:
        """When and which way somebody was last seen to pass."""
        ...


class Thermometry(Protocol):
    """What the attendant asks of the thermometer; none of it waits."""

    def reading(self, since: float) -> TemperatureReading | None:
        """What was measured of whoever stands there since `since` (monotonic seconds)."""
        ...

    def working(self, now: float) -> bool:
        """Whether a measurement may be expected."""
        ...

    def noted(self, reading: TemperatureReading) -> None:
        """A person was decided on with this reading."""
        ...


class NobodyCounts:
    """A gate that counts nobody: a replay, a bench."""

    def occupancy(self) -> int | None:
        return None

    def crowding(self) -> Crowding:
        return Crowding.ROOM

    def last_passage(self, subject: str) -> LastPassage | None:
        del subject
        return None
