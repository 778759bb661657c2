"""Who is on duty when: shifts by weekday, changes of single days, and the times that nobody covers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MINUTES = 24 * 60
_MOST_DAYS = 62
"""No question about a roster spans more."""


@dataclass(frozen=True)
class DutyShift:
    """On duty on some days of the week (0 is Monday), from a minute of the day to one, which may be past
    midnight; where both are the same, the whole day round.
    """

    days: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True)
class DayChange:
    """What is different on one day: without times, no weekly shift begins then; with times, one more does."""

    day: date
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Roster:
    """The shifts of one worker, and their changes."""

    shifts: tuple[DutyShift, ...] = ()
    changes: tuple[DayChange, ...] = ()


@dataclass(frozen=True, order=True)
class DutySpan:
    """A time from `begin` until before `end`, in microseconds since 1970 UTC."""

    begin: int
    end: int


def duty_spans(roster: Roster, since: int, until: int, zone: ZoneInfo) -> tuple[DutySpan, ...]:
    """When somebody is on duty within a time, as spans that do not touch, in order."""
    first = _day(since, zone) - timedelta(days=1)  # a shift of the day before may last past midnight
    last = min(_day(until, zone), first + timedelta(days=_MOST_DAYS))
    off = {change.day for change in roster.changes if change.start is None}
    spans = []
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        if day not in off:
            weekly = (shift for shift in roster.shifts if day.weekday() in shift.days)
            spans += [_span(day, shift.start, shift.end, zone) for shift in weekly]
        for change in roster.changes:
            if change.day == day and change.start is not None and change.end is not None:
                spans.append(_span(day, change.start, change.end, zone))
    within = (DutySpan(max(span.begin, since), min(span.end, until)) for span in _merged(spans))
    return tuple(span for span in within if span.begin < span.end)


def duty_at(roster: Roster, now: int, zone: ZoneInfo) -> DutySpan | None:
    """The time on duty that `now` lies in, as far as the day after; None: off duty."""
    day = 24 * 3600 * 1_000_000
    spans = duty_spans(roster, now - day, now + 2 * day, zone)
    return next((span for span in spans if span.begin <= now < span.end), None)


def holes(covered: Iterable[DutySpan], since: int, until: int) -> tuple[DutySpan, ...]:
    """The times between `since` and `until` in which nobody of those is on duty."""
    found, reached = [], since
    for span in _merged(covered):
        if span.begin > reached:
            found.append(DutySpan(reached, min(span.begin, until)))
        reached = max(reached, span.end)
        if reached >= until:
            break
    if reached < until:
        found.append(DutySpan(reached, until))
    return tuple(span for span in found if span.begin < span.end)


# --- inside --------------------------------------------------------------------------------


def _day(at: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at / 1_000_000, UTC).astimezone(zone).date()


def _span(day: date, start: int, end: int, zone: ZoneInfo) -> DutySpan:
    ends_on = day if end > start else day + timedelta(days=1)
    return DutySpan(_instant(day, start, zone), _instant(ends_on, end, zone))


def _instant(day: date, minute: int, zone: ZoneInfo) -> int:
    """When a minute of a day is; one that a clock set forward left out is as far after the one before."""
    minute %= _MINUTES
    return round(datetime.combine(day, time(minute // 60, minute % 60), zone).timestamp()) * 1_000_000


def _merged(spans: Iterable[DutySpan]) -> list[DutySpan]:
    merged: list[DutySpan] = []
    for span in sorted(spans):
        if merged and span.begin <= merged[-1].end:
            merged[-1] = DutySpan(merged[-1].begin, max(merged[-1].end, span.end))
        elif span.begin < span.end:
            merged.append(span)
    return merged
