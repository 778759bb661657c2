"""Wrong numbers at a keypad: how many may follow each other before it rests, and for how long.

A value, kept over restarts without any clock: who restarts a gate, or sets its clock, gains nothing. Seconds
are those since the value was read or changed last.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

MOST_WRONG = 5
"""So many wrong ones, less what was forgiven, and the keypad rests."""
FORGIVEN_AFTER = 300.0
"""Seconds after which one wrong number less counts."""
FIRST_REST, LONGEST_REST = 60, 3600
"""Seconds of the first rest; each that follows is twice as long, up to the longest."""
CALM_AFTER = 86_400.0
"""Seconds without a wrong number after which the next rest is as short as the first."""

_MOST, _MOST_RESTS = 1_000_000, 16
_Count = Annotated[int, Meta(ge=0, le=_MOST)]


class Tries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many wrong numbers count, how often the keypad has rested in a row, and for how many seconds it
    rests from now on; 0: it does not. `attempts` are all that were wrong, or not looked at, since it last
    began to rest.
    """

    wrong: _Count = 0
    rests: Annotated[int, Meta(ge=0, le=_MOST_RESTS)] = 0
    resting: Annotated[float, Meta(ge=0.0, le=LONGEST_REST)] = 0.0
    attempts: _Count = 0


def later(tries: Tries, seconds: float) -> Tries:
    """The tries after so many seconds in which nobody typed a wrong number."""
    if tries.resting > seconds:
        return replace(tries, resting=tries.resting - seconds)
    awake = seconds - tries.resting
    if awake >= CALM_AFTER:
        return Tries()
    return replace(tries, wrong=max(0, tries.wrong - int(awake / FORGIVEN_AFTER)), resting=0.0)


def after_wrong(tries: Tries) -> Tries:
    """The tries after one more wrong number: perhaps the keypad rests."""
    more = after_refused(tries)
    if tries.wrong + 1 < MOST_WRONG:
        return replace(more, wrong=tries.wrong + 1)
    rests = min(tries.rests + 1, _MOST_RESTS)
    return replace(more, wrong=0, rests=rests, resting=float(rest_after(tries.rests)))


def after_refused(tries: Tries) -> Tries:
    """The tries after a number that was not looked at: whoever goes on typing makes nothing worse."""
    return replace(tries, attempts=min(tries.attempts + 1, _MOST))


def rest_after(rests: int) -> int:
    """The seconds of the next rest, after so many in a row."""
    return min(FIRST_REST << rests, LONGEST_REST)
