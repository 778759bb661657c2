"""Times as they are written into pages and read from them: in the zone of the site, or of the centre."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.signing.cose import microseconds
from edge.support.phrases import Phrase, phrase
from sync.central.people.subjects import time_zone_of
from sync.central.store import StoreError


def moment_in(text: str, zone: ZoneInfo, what: Phrase) -> datetime | None:
    """The time (UTC) that a page's field names in `zone`; None where it is empty. Raises StoreError."""
    if not text.strip():
        return None
    try:
        return in_zone(datetime.fromisoformat(text.strip()), zone)
    except (ValueError, OverflowError):
        raise StoreError(
            phrase("%(what)s: %(text)r is not a time", what=what, text=text[:40]),
            remedy=phrase("write 2026-03-01T08:00"),
        ) from None


def needed(at: datetime | None, what: Phrase) -> datetime:
    """The time itself. Raises StoreError where there is none."""
    if at is None:
        raise StoreError(
            phrase("%(what)s: no time is given", what=what), remedy=phrase("write 2026-03-01T08:00")
        )
    return at


def check_order(begins: datetime | None, ends: datetime | None) -> None:
    """Raise StoreError where something would end before it begins."""
    if begins is not None and ends is not None and ends <= begins:
        raise StoreError(
            phrase(
                "it ends at %(ends)s UTC, which is not after its begin, %(begins)s",
                ends=f"{ends:%Y-%m-%d %H:%M}",
                begins=f"{begins:%Y-%m-%d %H:%M}",
            ),
            remedy=phrase("are the two exchanged?"),
        )


def local_of(zone: ZoneInfo | None) -> Callable[[datetime | None], str]:
    """What writes a time into a field of a page, in `zone`."""

    def local(at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"

    return local


def zone_of(connection: sa.Connection, site: str) -> ZoneInfo:
    """The zone of a site. Raises StoreError if there is none with this id."""
    return ZoneInfo(time_zone_of(connection, site))


def begin_of(day: date, zone: ZoneInfo) -> int:
    """When a day begins in `zone`, in microseconds since 1970 UTC."""
    return microseconds(datetime.combine(day, time(), zone))


def end_of_day(text: str, zone: ZoneInfo) -> int:
    """When the day that a page's field names is over in `zone`. Raises StoreError."""
    try:
        return begin_of(date.fromisoformat(text) + timedelta(days=1), zone)
    except (ValueError, OverflowError):
        raise StoreError(
            phrase("%(text)r is not a day", text=text), remedy=phrase("write 2026-03-31")
        ) from None


def in_zone(at: datetime, zone: ZoneInfo) -> datetime:
    """A time of a form (UTC), which is of `zone` unless it says otherwise."""
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
