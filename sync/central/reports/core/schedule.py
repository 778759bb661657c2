"""When a report that comes again and again is due: of whole days, weeks and months that are over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from edge.signing.cose import microseconds
from sync.central.reports.core.days import Days
from sync.central.reports.core.report import Kind
from sync.central.units import SECOND

MADE_AT = time(6)
"""By the zone's clock, on the day after the last: what came late in the night is in it."""
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ReportDue:
    """A report of these `days` is to be made. `missed` are so many before it that were not made while nobody
    was there to make them: one is made up for all, and says so.
    """

    days: Days
    missed: int


def last_over(kind: Kind, zone: ZoneInfo, now: int) -> Days:
    """The last day, week (from Monday on) or month that a report is due of at `now`, whose hour has come."""
    today = datetime.fromtimestamp(now // SECOND, UTC).astimezone(zone).date()
    span = _before(kind, today, zone)
    return span if _hour_of(span) <= now else _before(kind, span.first, zone)


def due(kind: Kind, zone: ZoneInfo, begun: int, newest: date | None, now: int) -> ReportDue | None:
    """What is due at `now` of a schedule that was `begun` then, whose `newest` report began that day; None:
    nothing.
    """
    last = last_over(kind, zone, now)
    if _hour_of(last) <= begun or (newest is not None and last.first <= newest):
        return None
    missed, span = 0, _before(kind, last.first, zone)
    while _hour_of(span) > begun and (newest is None or span.first > newest):
        missed, span = missed + 1, _before(kind, span.first, zone)
    return ReportDue(last, missed)


# --- inside --------------------------------------------------------------------------------


def _before(kind: Kind, day: date, zone: ZoneInfo) -> Days:
    """The last whole day, week or month that is over before `day` begins."""
    match kind:
        case Kind.WEEKLY:
            end = day - timedelta(days=day.weekday())
            return Days(end - timedelta(days=7), end - _A_DAY, zone)
        case Kind.MONTHLY:
            last = day.replace(day=1) - _A_DAY
            return Days(last.replace(day=1), last, zone)
    return Days(day - _A_DAY, day - _A_DAY, zone)


def _hour_of(span: Days) -> int:
    """When the report of these days is due, in microseconds since 1970 UTC."""
    return microseconds(datetime.combine(span.last + _A_DAY, MADE_AT, span.zone))
