"""How fast gates that were away give what they hold, and when they are through. PURE."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from edge.signing.cose import instant
from edge.support.counted import counted

MANY = 500
"""Events waiting at a gate from which it is one that catches up: a busy passage leaves a few."""
_SECOND = 1_000_000
_RECENT = 300 * _SECOND
"""Microseconds for which a report counts: a gate says how many wait once a minute."""
_APART = 20 * _SECOND
"""Microseconds between two reports from which a rate is taken."""


class Backlog(msgspec.Struct, frozen=True):
    """How many events waited at a gate `at` its last report, and at one `before` that; times are
    microseconds since 1970 UTC by central's clock.
    """

    waiting: int
    at: int
    before: int | None = None
    before_at: int = 0

    @property
    def rate(self) -> float | None:
        """By how many events a second it gets less; below zero: it gets more. None: not known yet."""
        if self.before is None:
            return None
        return (self.before - self.waiting) * _SECOND / (self.at - self.before_at)


class CatchingUp(msgspec.Struct, frozen=True):
    """The gates that catch up: how many, how many events wait at them now, how many a second they get less
    (None: not known yet), and when the last is through at this rate (None: not known, or they get more).
    """

    gates: int
    events: int
    rate: float | None
    through_at: int | None


def noted(held: Backlog | None, waiting: int, now: int) -> Backlog | None:
    """The backlog of a gate that says `now` how many events wait, after what was `held` of it; None: a usual
    gate.
    """
    if waiting < MANY:
        return None
    if held is None or not 0 <= now - held.at <= _RECENT:
        return Backlog(waiting, now)
    if now - held.at >= _APART:
        return Backlog(waiting, now, held.waiting, held.at)
    # A second report at once: the rate is taken from the one before it.
    return Backlog(waiting, now, held.before, held.before_at)


def catching_up(backlogs: Collection[Backlog], now: int) -> CatchingUp | None:
    """What is said of gates with these backlogs; None: none catches up."""
    there = [each for each in backlogs if now - each.at <= _RECENT]
    if not there:
        return None
    rates = [each.rate for each in there if each.rate is not None]
    mean = sum(rates) / len(rates) if rates else None
    left, through = 0, [now]
    for each in there:
        rate = mean if each.rate is None else each.rate
        waits = max(0.0, each.waiting - (rate or 0.0) * (now - each.at) / _SECOND)
        left += round(waits)
        if rate is not None and rate > 0:
            through.append(now + round(waits / rate * _SECOND))
        elif waits:
            return CatchingUp(len(there), sum(one.waiting for one in there), _sum(mean, there), None)
    return CatchingUp(len(there), left, _sum(mean, there), max(through))


def in_words(found: CatchingUp) -> str:
    """What an administrator reads of it."""
    said = f"{counted(found.gates, 'gate')}, at which {counted(found.events, 'event')} wait"
    if found.rate is None:
        return f"{said}; how fast is known after their next report, within two minutes"
    if found.through_at is None:
        return f"{said}, and at some they do not get fewer ({found.rate:g} a second on the whole)"
    return (
        f"{said}; at the present {found.rate:g} a second they are through by about "
        f"{instant(found.through_at):%Y-%m-%d %H:%M} UTC"
    )


def _sum(mean: float | None, there: list[Backlog]) -> float | None:
    return None if mean is None else round(mean * len(there), 1)


def backlog_in(health: Any) -> Backlog | None:
    """What a device's row holds of it, in JSON."""
    held = (health or {}).get("backlog")
    return None if held is None else msgspec.convert(held, Backlog)
