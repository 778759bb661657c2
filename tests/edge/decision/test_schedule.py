"""Weekly periods as the clock on the site's wall shows them."""

from __future__ import annotations

from datetime import UTC, datetime, time

import msgspec
import pytest
from msgspec.structs import replace

from edge.decision import Period, Policy, local_time, period_holds
from edge.decision.policy import WEEK, Day

WEEKDAYS = frozenset(WEEK[:5])
NIGHT = Period(frozenset({Day.FRIDAY}), time(22), time(6))
OFFICE = Period(WEEKDAYS, time(9), time(17))
ALL_DAY = Period(frozenset({Day.MONDAY}))
HOLIDAY = Period(frozenset({Day.HOLIDAY}), time(10), time(12))
LABOUR_DAY = {"2026-05-01": "Labour Day"}  # a Friday
EVERY_YEAR = {"12-25": "Christmas", "02-29": "Leap day"}
ANY_FRIDAY = Period(frozenset({Day.FRIDAY}), time(9), time(17), ignore_holidays=True)
ANY_NIGHT = Period(frozenset({Day.FRIDAY}), time(22), time(6), ignore_holidays=True)


@pytest.mark.parametrize(
    ("period", "local", "holds"),
    [
        (OFFICE, "2026-03-03T09:00", True),  # the start is inclusive
        (OFFICE, "2026-03-03T08:59:59.999999", False),
        (OFFICE, "2026-03-03T17:00", False),  # the end is exclusive
        (OFFICE, "2026-03-07T12:00", False),  # Saturday
        (OFFICE, "2026-05-01T12:00", False),  # a holiday is no weekday
        (HOLIDAY, "2026-05-01T11:00", True),
        (HOLIDAY, "2026-05-02T11:00", False),
        (NIGHT, "2026-03-06T22:00", True),  # Friday night
        (NIGHT, "2026-03-07T05:59", True),  # its morning after
        (NIGHT, "2026-03-07T06:00", False),
        (NIGHT, "2026-03-07T22:30", False),
        (NIGHT, "2026-03-06T05:00", False),  # Friday's morning is Thursday's night
        (NIGHT, "2026-05-01T23:00", False),  # the holiday Friday is no Friday
        (ALL_DAY, "2026-03-02T00:00", True),
        (ALL_DAY, "2026-03-02T23:59:59", True),
        (ALL_DAY, "2026-03-03T00:00", False),
    ],
)
def test_a_period_holds_from_its_start_to_before_its_end(period: Period, local: str, holds: bool) -> None:
    assert period_holds(period, datetime.fromisoformat(local), LABOUR_DAY) is holds


@pytest.mark.parametrize(
    ("period", "local", "holds"),
    [
        (HOLIDAY, "2026-12-25T11:00", True),
        (HOLIDAY, "2031-12-25T11:00", True),
        (HOLIDAY, "2026-12-26T11:00", False),
        (OFFICE, "2026-12-25T11:00", False),  # a Friday
        (HOLIDAY, "2028-02-29T11:00", True),
        (HOLIDAY, "2027-02-28T11:00", False),  # a year without that day has no such holiday
        (HOLIDAY, "2027-03-01T11:00", False),
        # A holiday that is also its weekday.
        (ANY_FRIDAY, "2026-12-25T11:00", True),
        (ANY_FRIDAY, "2026-12-24T11:00", False),
        (ANY_FRIDAY, "2026-12-25T17:00", False),
        (replace(ANY_FRIDAY, days=frozenset({Day.MONDAY})), "2026-12-25T11:00", False),
        (ANY_NIGHT, "2026-12-25T23:00", True),
        (ANY_NIGHT, "2026-12-26T05:59", True),
        (replace(ANY_NIGHT, ignore_holidays=False), "2026-12-25T23:00", False),
        (replace(ANY_NIGHT, ignore_holidays=False), "2026-12-26T05:59", False),
        (replace(HOLIDAY, ignore_holidays=True), "2026-12-25T11:00", True),
    ],
)
def test_a_holiday_of_every_year_and_periods_that_ignore_it(period: Period, local: str, holds: bool) -> None:
    assert period_holds(period, datetime.fromisoformat(local), EVERY_YEAR) is holds


@pytest.mark.parametrize(
    "day", ["2026-02-29", "13-01", "02-30", "1-5", "0000-01-01", "20261001", "", "25-12"]
)
def test_a_holiday_that_is_no_day_is_refused_with_the_policy(day: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="is not a date: write 2026-10-01 for one day, 12-25"):
        msgspec.convert({"holidays": {day: "?"}}, Policy)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "America", "../etc/passwd", "UTC+8"])
def test_a_time_zone_that_does_not_exist_is_refused_with_the_policy(zone: str) -> None:
    """Also at the gate: it would know no hour, at every decision."""
    with pytest.raises(msgspec.ValidationError, match="there is no time zone"):
        msgspec.convert({"time_zone": zone}, Policy)


@pytest.mark.parametrize(
    ("utc", "holds"),
    [
        # Berlin, 2026-03-29: 02:00 becomes 03:00, so 02:00 to 03:00 never comes.
        ("2026-03-29T00:59", False),
        ("2026-03-29T01:00", False),
        # Berlin, 2026-10-25: 03:00 becomes 02:00, so the hour comes twice.
        ("2026-10-25T00:30", True),
        ("2026-10-25T01:30", True),
        ("2026-10-25T02:00", False),
    ],
)
def test_daylight_saving_is_what_the_wall_clock_shows(utc: str, holds: bool) -> None:
    local = local_time(datetime.fromisoformat(utc).replace(tzinfo=UTC), "Europe/Berlin")
    assert period_holds(Period(start=time(2), end=time(3)), local, {}) is holds
