"""The gate's two clocks: the monotonic one for durations, the wall clock with how far to believe it."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.decision import CentralTime, ClockTrust, WallTime, trust_of

_TIME_ERROR = 5  # <sys/timex.h>: the clock is not synchronised to a reliable server
_TIMEX_BYTES = 256  # struct timex is 208 bytes on 64-bit Linux, 128 on 32-bit
_TIMESYNC_MARK = Path("/run/systemd/timesync/synchronized")


def kernel_synchronised() -> bool:
    """Whether the kernel's clock is disciplined, as adjtimex(2) says (chrony, ntpd, timesyncd set it).

    Reading needs no privilege. Where a sandbox forbids the call, systemd-timesyncd's mark decides.
    """
    library = ctypes.CDLL(None, use_errno=True)
    state = int(library.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))  # modes = 0: read only
    return _TIMESYNC_MARK.exists() if state < 0 else state != _TIME_ERROR


def time_of_day() -> datetime:
    """The computer's time of day (UTC)."""
    return datetime.now(UTC)


def _nothing() -> None:
    """Stands for a source that knows nothing: returns None."""


@dataclass(frozen=True)
class TimeSource:
    """Where the time of day comes from, whether that source is disciplined by a time server, and where the
    seconds come from that only go forward.
    """

    now: Callable[[], datetime] = time_of_day
    synchronised: Callable[[], bool] = kernel_synchronised
    monotonic: Callable[[], float] = time.monotonic


class SystemClock:
    """The computer's own clocks.

    `floor` returns the latest time (aware) that has passed for certain, `ceiling` the one beyond which a
    clock is wrong, `central` the time that central last gave (edge.decision.clock_trust); None: unknown. A
    clock that contradicts one of them is wrong, whatever the kernel says.
    """

    def __init__(
        self,
        floor: Callable[[], datetime | None],
        synchronised: Callable[[], bool] = kernel_synchronised,
        *,
        ceiling: Callable[[], datetime | None] = _nothing,
        central: Callable[[], CentralTime | None] = _nothing,
        now: Callable[[], datetime] = time_of_day,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._floor = floor
        self._synchronised = synchronised
        self._ceiling = ceiling
        self._central = central
        self._now = now
        self._monotonic = monotonic

    def monotonic(self) -> float:
        """Seconds that only go forward; unrelated to the time of day."""
        return self._monotonic()

    def wall(self) -> WallTime:
        """The time of day (UTC) and its trust."""
        at, central = self._now(), self._central()
        if central is not None and not central.agrees(at, self.monotonic()):
            return WallTime(at, ClockTrust.UNTRUSTED)
        trust = trust_of(at, self._floor(), synchronised=self._synchronised(), ceiling=self._ceiling())
        return WallTime(at, trust)


class FixedClock:
    """A clock that is moved by hand: for replay and tests. `step_wall` moves only the time of day."""

    def __init__(
        self, at: datetime, trust: ClockTrust = ClockTrust.TRUSTED, monotonic: float = 1000.0
    ) -> None:
        self._at = at
        self._trust = trust
        self._monotonic = monotonic

    def monotonic(self) -> float:
        return self._monotonic

    def wall(self) -> WallTime:
        return WallTime(self._at, self._trust)

    def advance(self, seconds: float) -> None:
        """Let time pass, on both clocks."""
        self._monotonic += seconds
        self._at += timedelta(seconds=seconds)

    def step_wall(self, by: timedelta) -> None:
        """Set the time of day forward or back, as a time server or a person does."""
        self._at += by

    def set_trust(self, trust: ClockTrust) -> None:
        """Let the time of day be believed this far from now on."""
        self._trust = trust
