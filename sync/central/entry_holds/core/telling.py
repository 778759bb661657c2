"""What a gate is told of held entries: what it should do against what it was asked last.

A gate under several holds is asked for the one that lasts longest. What it refused it is not asked again
until something else is wanted; where nobody knows, it is asked again after a while.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from edge.commands.core import CommandOutcome
from sync.central.units import MINUTE

AGAIN_AFTER = 2 * MINUTE
"""Microseconds after which a gate that gave no answer, or could not, is asked again."""
AUTOMATIC_LENGTH = 10 * MINUTE
"""For how long a limit holds entries at once: a centre that is gone holds nobody longer."""
_RENEWED_AT = AUTOMATIC_LENGTH // 2


class HoldStanding(StrEnum):
    """How far a gate is with what it was asked."""

    NOT_ASKED = "not_asked"
    WAITS = "waits"  # for the gate's word
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"  # at the gate
    UNKNOWN = "unknown"  # no word came: it may be done all the same


@dataclass(frozen=True)
class WantedHold:
    """Entries are to be held until then, why, and by whom; times are microseconds since 1970 UTC."""

    until: int
    why: str
    actor: str = ""


@dataclass(frozen=True)
class AskedGate:
    """What a gate was asked last: to hold `until` then (None: to release), when, and how far that is.
    `may_hold` is until when it may hold entries by all that it was ever asked.
    """

    until: int | None
    at: int
    standing: HoldStanding
    may_hold: int


def longest(wanted: Iterable[WantedHold]) -> WantedHold | None:
    """The one of several holds that a gate is asked for; None: none is wanted."""
    return max(wanted, key=lambda each: (each.until, each.why), default=None)


def is_to_be_asked(wanted: WantedHold | None, asked: AskedGate | None, now: int) -> bool:
    """Whether a gate is to be asked now: for what is `wanted`, or to release (None). One that was asked later
    than now, before the clock was set back, does not wait until that is there again.
    """
    if wanted is not None and wanted.until <= now:
        wanted = None
    if asked is None:
        return wanted is not None
    if wanted is None and asked.may_hold <= now:
        return False  # it has ended by itself
    if asked.standing is HoldStanding.WAITS:
        return False
    if asked.until != (None if wanted is None else wanted.until):
        return True
    failed = asked.standing in {HoldStanding.UNKNOWN, HoldStanding.FAILED}
    return failed and abs(now - asked.at) >= AGAIN_AFTER


def standing_of(state: str | None, outcome: str | None) -> HoldStanding:
    """How far a request is, by the state and outcome that its row has (None: there is no row)."""
    match state:
        case None:
            return HoldStanding.NOT_ASKED
        case "waiting" | "sent":
            return HoldStanding.WAITS
        case "answered":
            return _OUTCOMES.get(outcome or "", HoldStanding.REFUSED)
    return HoldStanding.UNKNOWN


def renewed(until: int, now: int) -> int:
    """Until when a limit holds entries that it holds until then: on and on, while its half is over."""
    return now + AUTOMATIC_LENGTH if until - now <= _RENEWED_AT else until


_OUTCOMES = {
    CommandOutcome.DONE.value: HoldStanding.DONE,
    CommandOutcome.FAILED.value: HoldStanding.FAILED,
    CommandOutcome.UNAVAILABLE.value: HoldStanding.FAILED,
    CommandOutcome.LATE.value: HoldStanding.UNKNOWN,
    CommandOutcome.OLDER.value: HoldStanding.UNKNOWN,
}
