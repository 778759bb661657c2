"""Decides when a day of counting ends: once at its hour, however the wall clock behaves.

PURE. The day has a name (a date), and a reset is due when the clock shows a later one. A clock that
goes back shows an earlier one, and nothing is due twice. A clock set by hand to another day is not
followed until a time source confirms it or the hour is seen to come round: a wrong date, put right
again, resets nothing, and the hour after it is not missed.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import msgspec

from edge.decision import ClockTrust, WallTime

STEP = 60.0
"""Seconds by which the wall clock may move against the monotonic one between two checks."""


class DayWatch(msgspec.Struct, frozen=True):
    """The clock at the last check: its offset from the monotonic one, and the day a step put it on."""

    offset: float | None = None
    held: str = ""


def day_of(local: datetime, reset_at: time) -> str:
    """The name of the day that holds at `local` (the time on the site's wall)."""
    since_midnight = timedelta(hours=reset_at.hour, minutes=reset_at.minute, seconds=reset_at.second)
    return (local.replace(tzinfo=None) - since_midnight).date().isoformat()


def check_day(
    watch: DayWatch, day: str, shown: str, wall: WallTime, monotonic: float
) -> tuple[DayWatch, bool]:
    """The next watch, and whether the day `day` is over now that the clock shows the day `shown`."""
    offset = wall.at.timestamp() - monotonic
    stepped = watch.offset is not None and abs(offset - watch.offset) > STEP
    held = shown if stepped else watch.held
    if wall.trust is ClockTrust.TRUSTED:
        held = ""
    due = wall.trust is not ClockTrust.UNTRUSTED and shown > day and shown > held
    return DayWatch(offset, held), due
