"""When a report that comes again is due: each once, and one for all that were missed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.reports.core.report import Kind
from sync.central.reports.core.schedule import due
from sync.central.units import HOUR, SECOND

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
LONG_AGO = 0


def at(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("kind", "now", "first", "last"),
    [
        (Kind.DAILY, "2026-11-25T06:00", "2026-11-24", "2026-11-24"),
        (Kind.DAILY, "2026-11-25T05:59", "2026-11-23", "2026-11-23"),
        (Kind.WEEKLY, "2026-11-30T06:00", "2026-11-23", "2026-11-29"),  # a Monday
        (Kind.WEEKLY, "2026-11-30T05:00", "2026-11-16", "2026-11-22"),
        (Kind.WEEKLY, "2026-12-06T23:00", "2026-11-23", "2026-11-29"),
        (Kind.MONTHLY, "2026-12-01T06:00", "2026-11-01", "2026-11-30"),
        (Kind.MONTHLY, "2026-12-01T05:00", "2026-10-01", "2026-10-31"),
        (Kind.MONTHLY, "2026-03-15T12:00", "2026-02-01", "2026-02-28"),
    ],
)
def test_it_is_of_what_is_over(kind: Kind, now: str, first: str, last: str) -> None:
    newest = date.fromisoformat(first) - timedelta(days=1)
    found = due(kind, SHANGHAI, LONG_AGO, newest, at(now))
    assert found is not None
    assert (found.days.first.isoformat(), found.days.last.isoformat()) == (first, last)


def test_what_is_made_is_not_due_again() -> None:
    assert due(Kind.DAILY, SHANGHAI, LONG_AGO, date(2026, 11, 24), at("2026-11-25T12:00")) is None


def test_nothing_is_due_that_was_over_before_it_began() -> None:
    begun = at("2026-11-25T08:00")
    assert due(Kind.DAILY, SHANGHAI, begun, None, at("2026-11-26T05:00")) is None
    found = due(Kind.DAILY, SHANGHAI, begun, None, at("2026-11-26T06:00"))
    assert found is not None
    assert found.days.first == date(2026, 11, 25)
    assert found.missed == 0


def test_what_was_missed_is_made_up_once_and_counted() -> None:
    """The centre was off for five days."""
    found = due(Kind.DAILY, SHANGHAI, LONG_AGO, date(2026, 11, 19), at("2026-11-25T09:00"))
    assert found is not None
    assert (found.days.first, found.missed) == (date(2026, 11, 24), 4)


@given(
    st.sampled_from([Kind.DAILY, Kind.WEEKLY, Kind.MONTHLY]),
    st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/New_York")]),
    st.integers(0, 500 * 24),
    st.lists(st.integers(1, 24 * 40), min_size=1, max_size=30),
)
def test_no_day_is_told_twice_and_none_is_left_out(
    kind: Kind, zone: ZoneInfo, begin: int, waits: list[int]
) -> None:
    """However seldom somebody looks (`waits` are hours): each is made, or counted as missed, once."""
    begun = now = at("2026-01-01T00:00") + begin * HOUR
    newest, told = None, 0
    starts: list[date] = []
    for hours in waits:
        now += hours * HOUR
        found = due(kind, zone, begun, newest, now)
        if found is None:
            continue
        assert found.days.until <= now, "it is over"
        newest = found.days.first
        starts.append(newest)
        told += 1 + found.missed
    assert starts == sorted(set(starts))
    # As if somebody had looked each hour.
    hourly, newest, at_hour = 0, None, begun
    while at_hour < now:
        at_hour += HOUR
        found = due(kind, zone, begun, newest, at_hour)
        if found is not None:
            assert found.missed == 0
            newest, hourly = found.days.first, hourly + 1
    assert told == hourly
