"""What a gate knows of the time, from registry, journal and central; and what it says of its clock.

The main loop's thread calls `receive` and `poll`; any thread may ask for floor, ceiling and central's time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from edge.decision import NEVER_SET, CentralTime, ClockTrust, KnownTimes, WallTime
from edge.devices.clock import SystemClock, TimeSource
from edge.journal.format import ClockConfirmed, ClockDisagrees, ClockUnsure
from edge.journal.retrying import AnyJournal
from edge.runtime.recognition import Holdings
from edge.support.due import NEVER

_UNSURE_FOR = 600.0
"""Seconds without a clock that is believed, after which the gate says so."""

ClockEvent = ClockConfirmed | ClockDisagrees | ClockUnsure


class ClockWatch:
    """The watch over one gate's clock. `synchronised` says whether a time server disciplines it."""

    def __init__(
        self,
        journal: AnyJournal,
        holdings: Callable[[], Holdings | None],
        synchronised: Callable[[], bool],
    ) -> None:
        self._journal = journal
        self._holdings = holdings
        self._synchronised = synchronised
        self._central: CentralTime | None = None
        self._agreed: bool | None = None
        self._unsure_since: float | None = None
        self._unsure_said = False

    def clock(self, time: TimeSource) -> SystemClock:
        """The gate's clock, held against what is known of the time."""
        return SystemClock(
            self.floor,
            time.synchronised,
            ceiling=self.ceiling,
            central=self.central,
            now=time.now,
            monotonic=time.monotonic,
        )

    def known(self) -> KnownTimes:
        """The times that are known whatever the clock says."""
        held, central = self._holdings(), self._central
        issued = None if held is None else held.registry.issued
        expires = None if held is None else held.registry.expires
        if central is None:
            return KnownTimes(issued, self._journal.latest, expires)
        # Central's time outweighs whatever this clock wrote before it.
        return KnownTimes(max(central.at, issued or central.at), vouched=expires)

    def floor(self) -> datetime | None:
        """The latest time that has passed for certain."""
        return self.known().floor

    def ceiling(self) -> datetime | None:
        """The time beyond which a clock is wrong."""
        return self.known().ceiling

    def central(self) -> CentralTime | None:
        """What central last said of the time, since this gate started."""
        return self._central

    def receive(self, time: CentralTime) -> None:
        """Take central's time, verified; one that came too late is not used."""
        if time.usable:
            self._central = time

    def poll(self, wall: WallTime, now: float) -> Iterator[ClockEvent]:
        """What is to be written down of the clock at monotonic `now`."""
        self._journal.count_until(self.known().vouched or NEVER_SET)
        yield from self._compared(wall, now)
        yield from self._unsure(wall, now)

    def next_due(self) -> float:
        """When there is something to be written down, if the clock stays as it is (monotonic seconds)."""
        if self._unsure_since is None or self._unsure_said:
            return NEVER
        return self._unsure_since + _UNSURE_FOR

    def _compared(self, wall: WallTime, now: float) -> Iterator[ClockEvent]:
        central = self._central
        if central is None or central.agrees(wall.at, now) is self._agreed:
            return
        self._agreed = central.agrees(wall.at, now)
        compared = ClockConfirmed if self._agreed else ClockDisagrees
        off = round(central.off(wall.at, now) / timedelta(seconds=1), 3)
        yield compared(off, central.span(now)[0])

    def _unsure(self, wall: WallTime, now: float) -> Iterator[ClockEvent]:
        """Say once that the clock has not been believed for a while, where central has not said so."""
        if wall.trust is not ClockTrust.UNTRUSTED or self._agreed is False:
            self._unsure_since, self._unsure_said = None, False
            return
        self._unsure_since = now if self._unsure_since is None else self._unsure_since
        if self._unsure_said or now < self._unsure_since + _UNSURE_FOR:
            return
        self._unsure_said = True
        yield ClockUnsure(self._why(wall.at), self._synchronised())

    def _why(self, at: datetime) -> str:
        known = self.known()
        if at < NEVER_SET:
            return "the clock was never set"
        if known.ceiling is not None and at > known.ceiling:
            return f"too far ahead of {known.signed:%Y-%m-%d %H:%M} UTC, the latest signed time"
        return "" if known.floor is None else f"behind {known.floor:%Y-%m-%d %H:%M} UTC, which has passed"
