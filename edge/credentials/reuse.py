"""Codes shown again: one-time passes, the anti-passback window, and one person with two codes.

What counts is the person, not the code: a resident's second pass, a new code on the phone each quarter
minute, a certificate linked to the same subject are all one person. Pure: the ledger is a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from edge.credentials.certificates import Holder, person_named
from edge.credentials.code import CodeReading
from edge.credentials.trust import hash_of
from edge.decision import Direction

MOST_PEOPLE = 20_000
"""More than pass a gate within any sensible window; beyond it the oldest are forgotten first."""


class ReuseRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`window`: seconds for which a person who went through one way does not go through that way again."""

    window: float = 60.0


class Reuse(StrEnum):
    FIRST = "first"
    USED = "used"  # a one-time pass that opened before
    PASSED_BACK = "passed_back"  # this person went through this way a moment ago


@dataclass(frozen=True)
class ShownCode:
    """A code that is shown: whose (see `person_of`) and which way; whether it counts once, and was used.

    What was used is the journal's to say: it outlives the power, and a clock that is turned back.
    """

    person: str
    direction: Direction
    once: bool = False
    used: bool = False


@dataclass(frozen=True)
class UseLedger:
    """Who went through which way, and when (monotonic seconds), oldest first."""

    passages: dict[tuple[str, Direction], float] = field(default_factory=dict)


def person_of(reading: CodeReading, holder: Holder) -> str:
    """One name for one person, however many codes they have: the subject, else the name and birth given.

    A certificate that gives neither is a person of its own.
    """
    subject = holder.subject_id or reading.claims.get("subject")
    if subject is not None:
        return f"subject:{subject}"
    name, born = person_named(reading)
    if name:
        return f"person:{name}|{born}"
    return f"certificate:{hash_of(msgspec.json.encode(reading.claims).decode()):016x}"


def judge_reuse(ledger: UseLedger, shown: ShownCode, now: float, rule: ReuseRule) -> Reuse:
    """Whether this was shown before; turning back the wall clock changes nothing."""
    if shown.once and shown.used:
        return Reuse.USED
    last = ledger.passages.get((shown.person, shown.direction))
    if last is not None and now - last < rule.window:
        return Reuse.PASSED_BACK
    return Reuse.FIRST


def recorded(ledger: UseLedger, shown: ShownCode, now: float, rule: ReuseRule) -> UseLedger:
    """The ledger after the barrier opened for `shown`; what is older than the window is forgotten.

    Coming the other way clears a person's passage: who went out may come in at once.
    """
    kept = {
        key: when
        for key, when in ledger.passages.items()
        if now - when < rule.window and key[0] != shown.person
    }
    kept[shown.person, shown.direction] = now
    surplus = len(kept) - MOST_PEOPLE
    return UseLedger(dict(list(kept.items())[surplus:]) if surplus > 0 else kept)


@dataclass(frozen=True)
class CodeBudget:
    """How many codes may still be looked at: a bucket of `size`, filled by `rate` a second (monotonic)."""

    size: float = 30.0
    rate: float = 2.0
    left: float = 30.0
    since: float = 0.0


def admitted(throttle: CodeBudget, now: float) -> tuple[CodeBudget, bool]:
    """Whether one more code is looked at; a flood of codes is not, so that it fills no journal.

    Thirty at once and two a second are more than people show and less than a screen can flash.
    """
    left = min(throttle.size, throttle.left + max(0.0, now - throttle.since) * throttle.rate)
    admit = left >= 1.0
    return CodeBudget(throttle.size, throttle.rate, left - 1.0 if admit else left, now), admit
