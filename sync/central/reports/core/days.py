"""Whole days in a zone, as a report counts them: an hour that a clock change takes or gives is in its day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from edge.signing.cose import microseconds
from sync.central.units import DAY, SECOND

MOST_DAYS = 400
"""A report is of so many days at most."""
_A_DAY = timedelta(days=1)
_EPOCH = date(1970, 1, 1)


class ZoneOffset(NamedTuple):
    """From `since` (microseconds since 1970 UTC; None: ever) until before `until` (None: for ever) a zone is
    `ahead` of UTC by so much.
    """

    until: int | None
    ahead: int
    since: int | None = None

    def meets(self, first_at: int, last_at: int) -> bool:
        """Whether it is so at any time of a stretch."""
        return (self.since is None or last_at >= self.since) and (self.until is None or first_at < self.until)


@dataclass(frozen=True)
class Stretch:
    """A stretch of time by a clock that is `ahead` of UTC by so many microseconds all the while."""

    since: int
    until: int
    ahead: int

    def offsets(self) -> tuple[ZoneOffset, ...]:
        """How far the clock is ahead of UTC."""
        return (ZoneOffset(None, self.ahead),)


@dataclass(frozen=True)
class Days:
    """The days from `first` to `last`, both included, in `zone`."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> int:
        """When they begin, in microseconds since 1970 UTC."""
        return begin_of(self.first, self.zone)

    @property
    def until(self) -> int:
        """When they are over."""
        return begin_of(self.last + _A_DAY, self.zone)

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    def each(self) -> Iterator[date]:
        """Every day, in order."""
        return (self.first + timedelta(days=number) for number in range(self.count))

    def before(self) -> Days:
        """As many days just before these."""
        return Days(self.first - timedelta(days=self.count), self.first - _A_DAY, self.zone)

    def touched_by(self, since: int | None, until: int | None) -> frozenset[date]:
        """The days that a span of time lies in; None: it has no begin, or no end."""
        return frozenset(
            day
            for day in self.each()
            if (until is None or begin_of(day, self.zone) < until)
            and (since is None or begin_of(day + _A_DAY, self.zone) > since)
        )

    def offsets(self) -> tuple[ZoneOffset, ...]:
        """How far the zone is ahead of UTC in these days: a value, and one more for each clock change."""
        found: list[ZoneOffset] = []
        since = None
        for day in self.each():
            begin, end = begin_of(day, self.zone), begin_of(day + _A_DAY, self.zone)
            if self._ahead(begin) != self._ahead(end):
                change = self._change(begin, end)
                found.append(ZoneOffset(change, self._ahead(begin), since))
                since = change
        return (*found, ZoneOffset(None, self._ahead(self.until), since))

    # --- inside ----------------------------------------------------------------------------

    def _ahead(self, at: int) -> int:
        return ahead_at(self.zone, at)

    def _change(self, begin: int, end: int) -> int:
        """When the clock changes between two times, to the second."""
        low, high, ahead = begin // SECOND, end // SECOND, self._ahead(begin)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._ahead(middle * SECOND) == ahead else (low, middle)
        return high * SECOND


def ahead_at(zone: ZoneInfo, at: int) -> int:
    """How far a zone is ahead of UTC at a time, in microseconds."""
    offset = datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone).utcoffset() or timedelta()
    return round(offset.total_seconds()) * SECOND


def begin_of(day: date, zone: ZoneInfo) -> int:
    """When a day begins in `zone`, in microseconds since 1970 UTC."""
    return microseconds(datetime.combine(day, time(), zone))


def day_of(local: int) -> date:
    """The day of a local time, given in microseconds as if it were UTC."""
    return _EPOCH + timedelta(days=local // DAY)


def local_of(day: date) -> int:
    """When a day begins by its own clock, in microseconds as if that were UTC."""
    return (day - _EPOCH).days * DAY
