"""When a message that was not taken is tried again, and when no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sync.central.units import HOUR, MINUTE, SECOND


@dataclass(frozen=True)
class Waits:
    """Waits between tries, in microseconds: the first, the longest, and how long it is tried at all."""

    first: int = 10 * SECOND
    longest: int = 15 * MINUTE
    whole: int = 24 * HOUR


USUAL: Final = Waits()
_SPREAD = 0.25
"""So much of a wait is drawn: servers that came back are not met by all at once."""


def next_try(tries: int, made_at: int, now: int, drawn: float, until: int | None, waits: Waits) -> int | None:
    """When the try after `tries` in vain is due; None: no more. `drawn` is from 0 to 1.

    A message that is of no use after `until` has its last try before that.
    """
    wait = min(waits.first * 2 ** min(tries - 1, 40), waits.longest)
    due = now + round(wait * (1 + _SPREAD * (2 * drawn - 1)))
    end = made_at + waits.whole if until is None else min(made_at + waits.whole, until)
    return due if due <= end else None
