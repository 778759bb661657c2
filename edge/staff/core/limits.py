"""What acts may cost: how many let in an hour are usual, and how long a session and a press count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

HOUR: Final = 3600.0
SESSION: Final = 12 * HOUR
"""Seconds that a session lasts at most."""
PRESS_OPEN: Final = 120.0
"""Seconds in which a press of the wired button may get a name."""
PERSON_THERE: Final = 60.0
"""Seconds without anybody in sight after which the person of an act counts as gone."""
REFERRED_FOR: Final = 300.0
"""Seconds after which a referral of somebody who left counts as settled."""


def within_the_hour(times: Sequence[float], now: float) -> tuple[float, ...]:
    """Those of `times` (monotonic seconds) that are less than an hour ago."""
    return tuple(time for time in times if now - time < HOUR)


def is_unusual(times: Sequence[float], now: float, usual: int) -> bool:
    """Whether one more, now, is more than the `usual` number an hour."""
    return len(within_the_hour(times, now)) >= usual
