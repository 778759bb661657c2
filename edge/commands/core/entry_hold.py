"""A hold of entries: until when the centre holds them, judged by both clocks. PURE.

It ends at its time by a wall clock that can be believed, and whatever that clock says after as many seconds
of running as it was ordered for. What is kept for a restart is charged a minute ahead, so that a gate whose
clock is never set holds no longer in all its lives together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from edge.commands.core.command import Command
from edge.decision import ClockTrust, WallTime
from edge.signing.cose import microseconds
from edge.support.phrases import Phrase, WrongValue, phrase

LONGEST_HOLD = timedelta(hours=24)
CHARGED_AHEAD = 60.0
"""Seconds of running that are kept as used before they are."""
_ARGUMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z (\S.*)", re.ASCII)
_EXPECTED = phrase("a time and why, as in: 2026-03-03T09:30:00Z the market is full")


class KeptHold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hold as it outlives a restart. `left` is for how many seconds it may go on where no clock is set."""

    until: datetime
    left: float
    by: str
    why: str


@dataclass(frozen=True)
class EntryHold:
    """A hold that is in force. `ends` and `charged` are monotonic seconds: when it ends whatever the wall
    clock says, and up to when its running is kept as used.
    """

    until: datetime
    by: str
    why: str
    ends: float
    charged: float

    def is_over(self, wall: WallTime, monotonic: float) -> bool:
        """Whether it ended by itself; a clock that cannot be believed neither ends nor lengthens it."""
        believed = wall.trust is not ClockTrust.UNTRUSTED
        return monotonic >= self.ends or (believed and wall.at >= self.until)

    def charged_on(self, monotonic: float) -> EntryHold:
        """The same, with the next minute kept as used."""
        return replace(self, charged=monotonic + CHARGED_AHEAD)

    @property
    def kept(self) -> KeptHold:
        """What a restart goes on from."""
        return KeptHold(self.until, max(0.0, self.ends - self.charged), self.by, self.why)


def parse_hold(argument: str) -> tuple[datetime, str]:
    """Until when, and why, as the argument of `hold_entries` says; raises WrongValue."""
    found = _ARGUMENT.fullmatch(argument)
    if found is None:
        raise WrongValue(phrase("got %(got)r, expected %(expected)s", got=argument, expected=_EXPECTED))
    try:
        return datetime.fromisoformat(found[1]).replace(tzinfo=UTC), found[2].strip()
    except ValueError as error:
        why = phrase(
            "%(got)s is no time: %(why)s; expected %(expected)s",
            got=f"{found[1]}Z",
            why=error,
            expected=_EXPECTED,
        )
        raise WrongValue(why) from None


def hold_argument(until: datetime, why: str) -> str:
    """The argument of `hold_entries` that says so, to the second."""
    return f"{until.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z {why}"


def hold_objection(argument: str, issued: int) -> Phrase | None:
    """What is wrong with the argument of a `hold_entries` of `issued` (microseconds); None: nothing."""
    try:
        until, _ = parse_hold(argument)
    except WrongValue as error:
        return error.said
    lasts = timedelta(microseconds=microseconds(until) - issued)
    if timedelta(0) < lasts <= LONGEST_HOLD:
        return None
    hours, most = lasts / timedelta(hours=1), LONGEST_HOLD / timedelta(hours=1)
    return phrase(
        "it would hold for %(hours)s h, expected more than 0 and at most %(most)s h",
        hours=f"{hours:.1f}",
        most=f"{most:g}",
    )


def hold_of(command: Command, wall: WallTime, monotonic: float) -> EntryHold:
    """The hold that a `hold_entries` without objection asks for, from now on."""
    until, why = parse_hold(command.argument)
    ordered = (microseconds(until) - command.issued) / 1e6
    hold = EntryHold(until, command.actor, why, monotonic + _left(until, ordered, wall), monotonic)
    return hold.charged_on(monotonic)


def hold_again(kept: KeptHold, wall: WallTime, monotonic: float) -> EntryHold:
    """A hold after a restart. Where the clock can be believed, the minute that was charged ahead counts."""
    believed = wall.trust is not ClockTrust.UNTRUSTED
    left = kept.left + CHARGED_AHEAD if believed else kept.left
    ends = monotonic + _left(kept.until, left, wall)
    return EntryHold(kept.until, kept.by, kept.why, ends, monotonic).charged_on(monotonic)


def _left(until: datetime, most: float, wall: WallTime) -> float:
    """For how many seconds it may run: by a clock that is believed to its end, and never for more."""
    if wall.trust is ClockTrust.UNTRUSTED:
        return most
    return max(0.0, min(most, (until - wall.at).total_seconds()))
