"""The two clocks of one computer, as true time passes: they drift, are set, and begin anew with a boot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from edge.signing.cose import microseconds
from edge.support.due import NEVER
from tests.simulation.scheduler import Scheduler
from tests.simulation.site import true_time

_NEVER_SET = datetime(1970, 1, 1, tzinfo=UTC)
_SINCE_BOOT = 7.0
"""Seconds that a computer's monotonic clock shows when its processes start."""


class ComputerClock:
    """One computer's clocks. A time server disciplines it while it is `synchronised`."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._rate = 0.0
        self._since = scheduler.now
        self._shown = _SINCE_BOOT
        self._wall = true_time(scheduler.now)
        self.synchronised = True

    def monotonic(self) -> float:
        """Seconds since a moment before the boot."""
        return self._shown + self._passed()

    def wall(self) -> datetime:
        return self._wall + timedelta(seconds=self._passed())

    def wall_microseconds(self) -> int:
        """Microseconds since 1970, by this clock."""
        return microseconds(self.wall())

    def off(self) -> float:
        """Seconds that the wall clock is ahead of true time."""
        return (self.wall() - true_time(self._scheduler.now)).total_seconds()

    def true_at(self, monotonic: float) -> float:
        """The true time at which the monotonic clock shows `monotonic`."""
        if monotonic == NEVER:
            return NEVER
        return self._since + (monotonic - self._shown) / (1.0 + self._rate)

    # --- what happens to it --------------------------------------------------------------------

    def boot(self, *, unset: bool = False) -> None:
        """Begin anew: the monotonic clock near 0; where nothing has kept the time of day, that in 1970."""
        wall = _NEVER_SET if unset else self.wall()
        self._since, self._shown, self._wall = self._scheduler.now, _SINCE_BOOT, wall
        self.synchronised = self.synchronised and not unset

    def step(self, seconds: float) -> None:
        """Set the wall clock by so many seconds, forward or back."""
        self._wall += timedelta(seconds=seconds)

    def drift(self, rate: float) -> None:
        """Run so many seconds fast in each second, from now on, by itself."""
        self._shown, self._wall, self._since = self.monotonic(), self.wall(), self._scheduler.now
        self._rate = rate
        self.synchronised = False

    def set_right(self) -> None:
        """A time server sets it, and disciplines it from now on."""
        self.drift(0.0)
        self._wall = true_time(self._scheduler.now)
        self.synchronised = True

    def _passed(self) -> float:
        return (self._scheduler.now - self._since) * (1.0 + self._rate)
