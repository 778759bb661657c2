"""Days in a zone: their begin, their end, and the hours that a clock change takes or gives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.reports.core.days import Days, ZoneOffset, day_of, local_of
from sync.central.units import DAY, HOUR, SECOND

ZONES = [
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
    "UTC",
]


def days(first: str, last: str, zone: str = "Asia/Shanghai") -> Days:
    return Days(date.fromisoformat(first), date.fromisoformat(last), ZoneInfo(zone))


@pytest.mark.parametrize(
    ("first", "last", "zone", "hours"),
    [
        ("2026-11-01", "2026-11-01", "Asia/Shanghai", 24),
        ("2026-03-29", "2026-03-29", "Europe/Berlin", 23),
        ("2026-10-25", "2026-10-25", "Europe/Berlin", 25),
        ("2026-10-01", "2026-10-31", "Europe/Berlin", 31 * 24 + 1),
        ("2026-11-01", "2026-11-01", "America/New_York", 25),
        ("2026-04-05", "2026-04-05", "Australia/Lord_Howe", 24.5),
    ],
)
def test_a_day_is_as_long_as_its_clock_says(first: str, last: str, zone: str, hours: float) -> None:
    found = days(first, last, zone)
    assert (found.until - found.since) / HOUR == hours


def test_the_zone_is_ahead_by_pieces() -> None:
    """In Berlin the clock changes at 01:00 UTC, from two hours ahead to one."""
    [summer, winter] = days("2026-10-24", "2026-10-26", "Europe/Berlin").offsets()
    change = round(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()) * SECOND
    assert (summer, winter) == (ZoneOffset(change, 2 * HOUR), ZoneOffset(None, HOUR, change))
    assert [each.meets(change - 5, change - 1) for each in (summer, winter)] == [True, False]
    assert [each.meets(change - 1, change) for each in (summer, winter)] == [True, True]
    assert [each.meets(change, change + 5) for each in (summer, winter)] == [False, True]


@given(
    st.sampled_from(ZONES),
    st.dates(date(1990, 1, 1), date(2035, 1, 1)),
    st.integers(1, 400),
    st.floats(0, 1, exclude_max=True),
)
def test_every_moment_has_the_day_that_its_clock_shows(
    zone: str, first: date, count: int, share: float
) -> None:
    found = Days(first, first + timedelta(days=count - 1), ZoneInfo(zone))
    at = found.since + int((found.until - found.since) * share)
    ahead = next(each.ahead for each in found.offsets() if each.until is None or at < each.until)
    clock = datetime.fromtimestamp(at // SECOND, UTC).astimezone(ZoneInfo(zone))
    local = at + ahead
    assert day_of(local - local % DAY) == clock.date()
    assert (local % DAY) // HOUR == clock.hour
    assert found.first <= clock.date() <= found.last


@pytest.mark.parametrize(
    ("since", "until", "touched"),
    [
        (0, 1, ["2026-11-02"]),
        (-1, 1, ["2026-11-01", "2026-11-02"]),
        (0, 24, ["2026-11-02"]),
        (0, 25, ["2026-11-02", "2026-11-03"]),
        (None, 0, ["2026-11-01"]),
        (24, None, ["2026-11-03"]),
        (None, None, ["2026-11-01", "2026-11-02", "2026-11-03"]),
        (-100, -50, []),
    ],
)
def test_what_is_missing_touches_the_days_it_lies_in(
    since: int | None, until: int | None, touched: list[str]
) -> None:
    """In hours after the begin of the second of three days."""
    second = days("2026-11-02", "2026-11-02").since
    begin = None if since is None else second + since * HOUR
    end = None if until is None else second + until * HOUR
    found = days("2026-11-01", "2026-11-03").touched_by(begin, end)
    assert sorted(day.isoformat() for day in found) == touched


def test_as_many_days_lie_before() -> None:
    before = days("2026-11-08", "2026-11-14").before()
    assert (before.first, before.last) == (date(2026, 11, 1), date(2026, 11, 7))


@given(st.dates())
def test_a_day_by_its_own_clock_is_found_again(day: date) -> None:
    assert day_of(local_of(day)) == day
