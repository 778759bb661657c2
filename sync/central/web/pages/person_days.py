"""Accesses of some days as marks on a line a day, for a person's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from edge.signing.cose import instant
from edge.web.texts import Language
from sync.central.accesses.accesses import Access

DAYS = 7
Day = tuple[str, list[tuple[float, str]]]
"""A day's name, and its marks: at which share of the day, and of which shape."""


def days_of(seen: Sequence[Access], now: int, zone: ZoneInfo, language: Language) -> list[Day]:
    """The last days, the oldest first, each with its accesses by the clock on the wall there."""
    today = instant(now).astimezone(zone).date()
    marks: dict[object, list[tuple[float, str]]] = {}
    for item in seen:
        at = instant(item.at).astimezone(zone)
        marks.setdefault(at.date(), []).append((_share(at), item.outcome))
    dates = [today - timedelta(days=back) for back in range(DAYS)][::-1]
    return [(format_date(day, "EEE d", locale=language.value), sorted(marks.get(day, []))) for day in dates]


def _share(at: datetime) -> float:
    return (at.hour * 3600 + at.minute * 60 + at.second) / 86_400
