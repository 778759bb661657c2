"""How far to trust the wall clock: by signed times, by what was written here, by central's time. PURE.

A time that is signed proves that it has passed. It vouches for later times too, but not without end: a clock
that is more than `VOUCHED` ahead of every signed time is wrong, and what a clock wrote here is a floor only
up to the end that the registry's signer set. Nothing that one wrong clock wrote counts for ever.

An acknowledgement tells central's time. It names an event that this gate wrote, which nobody could know
before: so central's time in it is of a moment between the writing of that event and its own reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from edge.decision.situation import ClockTrust

NEVER_SET = datetime(2026, 1, 1, tzinfo=UTC)
"""Before this software existed: a clock at such a time was never set."""

VOUCHED = timedelta(days=366)
"""A clock so far ahead of the latest signed time is wrong. A gate may be cut off for months."""

AGREES_WITHIN = timedelta(minutes=5)
"""By so much the clock may be off from central's, and still agrees with it."""

LONGEST_ANSWER = 600.0
"""Seconds between an event and its acknowledgement, after which that no longer tells the time."""

_DRIFT = 0.0005
"""Of the time since the acknowledgement: the monotonic clock and central's may drift apart by so much."""


@dataclass(frozen=True)
class CentralTime:
    """Central's clock said `at` at a moment between `asked` and `received` (monotonic seconds)."""

    at: datetime
    asked: float
    received: float

    @property
    def usable(self) -> bool:
        """Whether the answer came soon enough to tell the time by it."""
        return 0.0 <= self.received - self.asked <= LONGEST_ANSWER

    def span(self, now: float) -> tuple[datetime, datetime]:
        """Between which times central's clock is at monotonic `now`."""
        drift = timedelta(seconds=max(now - self.received, 0.0) * _DRIFT)
        earliest = self.at + timedelta(seconds=now - self.received) - drift
        return earliest, self.at + timedelta(seconds=now - self.asked) + drift

    def off(self, at: datetime, now: float) -> timedelta:
        """By how much a clock that says `at` is ahead of central's (negative: behind), at the least."""
        earliest, latest = self.span(now)
        return max(at - latest, timedelta()) + min(at - earliest, timedelta())

    def agrees(self, at: datetime, now: float) -> bool:
        """Whether `at` is central's time, give or take `AGREES_WITHIN`."""
        return abs(self.off(at, now)) <= AGREES_WITHIN


@dataclass(frozen=True)
class KnownTimes:
    """The times (aware) that are known whatever the clock says; None: no such time is known.

    `signed` is the latest signed time, `written` the latest that a trusted clock wrote here since central
    last told the time, `vouched` the end up to which `written` counts.
    """

    signed: datetime | None = None
    written: datetime | None = None
    vouched: datetime | None = None

    @property
    def floor(self) -> datetime | None:
        """The latest time that has passed for certain."""
        counts = self.written is not None and self.vouched is not None and self.written <= self.vouched
        times = [self.signed, self.written if counts else None]
        return max((time for time in times if time is not None), default=None)

    @property
    def ceiling(self) -> datetime | None:
        """The time beyond which a clock is wrong."""
        return None if self.signed is None else self.signed + VOUCHED


def trust_of(
    at: datetime, floor: datetime | None, *, synchronised: bool, ceiling: datetime | None = None
) -> ClockTrust:
    """The trust in a clock that reads `at` (aware), by what is known here: see ClockTrust."""
    if at < NEVER_SET or (floor is not None and at < floor) or (ceiling is not None and at > ceiling):
        return ClockTrust.UNTRUSTED
    return ClockTrust.TRUSTED if synchronised else ClockTrust.HOLDOVER
