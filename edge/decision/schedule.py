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


def kind_of_day(day: date, holidays: Mapping[date, str]) -> Day:
    return Day.HOLIDAY if day in holidays else WEEK[day.weekday()]


def period_holds(period: Period, local: datetime, holidays: Mapping[date, str]) -> bool:
    """Whether `period` holds at the local time `local`: start inclusive, end exclusive.

    A period across midnight belongs to the day on which it starts: Friday 22:00 to 06:00 holds on
    Saturday at 05:59 even where Saturday is a holiday.
    """
    clock = local.time()
    today = kind_of_day(local.date(), holidays) in period.days
    if period.start < period.end:
        return today and period.start <= clock < period.end
    if today and clock >= period.start:
        return True
    yesterday = kind_of_day(local.date() - timedelta(days=1), holidays) in period.days
    return yesterday and period.end > time(0) and clock < period.end
