"""How far the gate's clock is believed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from edge.journal.format.kinds import Event, EventKind


class ClockConfirmed(Event, frozen=True):
    """The clock agrees with central's time, `central`; it is `off` by so many seconds. What the clock wrote
    before counts no more as the latest time.
    """

    kind: ClassVar = EventKind.CLOCK_CONFIRMED
    off: float
    central: datetime


class ClockDisagrees(Event, frozen=True):
    """The clock is `off` by so many seconds from central's time, `central`: it is not believed until it
    agrees.
    """

    kind: ClassVar = EventKind.CLOCK_DISAGREES
    off: float
    central: datetime


class ClockUnsure(Event, frozen=True):
    """The clock has not been believed for ten minutes, by what is known here; `synchronised` says whether a
    time server disciplines it.
    """

    kind: ClassVar = EventKind.CLOCK_UNSURE
    why: str
    synchronised: bool
