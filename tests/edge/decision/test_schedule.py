"""Weekly periods as the clock on the site's wall shows them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from edge.decision.policy import WEEK, Day, Period
from edge.decision.schedule import local_time, period_holds

WEEKDAYS = frozenset(WEEK[:5])
NIGHT = Period(frozenset({Day.FRIDAY}), time(22), time(6))
OFFICE = Period(WEEKDAYS, time(9), time(17))
ALL_DAY = Period(frozenset({Day.MONDAY}))
HOLIDAY = Period(frozenset({Day.HOLIDAY}), time(10), time(12))
LABOUR_DAY = {date(2026, 5, 1): "Labour Day"}  # a Friday


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
