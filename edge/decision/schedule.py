"""Weekly schedules in the site's local time: holidays, across midnight, across daylight saving.

The instant is turned into local time and compared there, so a period means what a clock on the wall
shows: in the hour that daylight saving repeats it holds twice, in the hour that it skips never.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from edge.decision.policy import WEEK, Day, Period


def local_time(instant: datetime, time_zone: str) -> datetime:
    """`instant` (aware) as the clock on the site's wall shows it; raises ZoneInfoNotFoundError."""
    return instant.astimezone(ZoneInfo(time_zone))


def kind_of_day(day: date, holidays: Mapping[str, str]) -> Day:
    """The weekday, or a holiday: `holidays` names dates (2026-10-01) and days of every year (12-25)."""
    text = day.isoformat()
    holiday = text in holidays or text.partition("-")[2] in holidays
    return Day.HOLIDAY if holiday else WEEK[day.weekday()]


def _is_on(period: Period, day: date, holidays: Mapping[str, str]) -> bool:
    if kind_of_day(day, holidays) in period.days:
        return True
    return period.ignore_holidays and WEEK[day.weekday()] in period.days


def period_holds(period: Period, local: datetime, holidays: Mapping[str, str]) -> bool:
    """Whether `period` holds at the local time `local`: start inclusive, end exclusive.

    A period across midnight belongs to the day on which it starts: Friday 22:00 to 06:00 holds on
    Saturday at 05:59 even where Saturday is a holiday.
    """
    clock = local.time()
    today = _is_on(period, local.date(), holidays)
    if period.start < period.end:
        return today and period.start <= clock < period.end
    if today and clock >= period.start:
        return True
    yesterday = _is_on(period, local.date() - timedelta(days=1), holidays)
    return yesterday and period.end > time(0) and clock < period.end
