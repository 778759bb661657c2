"""Detects codes shown again: one-time passes, the anti-passback window, one person with two codes.

It goes by the person, not the code: a resident's second pass, the phone's new code every quarter minute, a
certificate linked to the same subject are all one person. Pure: the ledger is a value.
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
"""More people than pass a gate within any sensible window; beyond it the oldest are dropped."""


class ReuseRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`window`: seconds for which a person who went through one way does not go through that way again."""

    window: float = 60.0


class Reuse(StrEnum):
    FIRST = "first"
    USED = "used"  # a one-time pass that opened before
    PASSED_BACK = "passed_back"  # this person went through this way a moment ago


@dataclass(frozen=True)
class ShownCode:
    """A code that is shown: its person (`person_of`), direction, whether it is one-time, and was used.

    The journal knows what was used: it survives a power cut and a clock that is set back.
    """

    person: str
    direction: Direction
    once: bool = False
    used: bool = False


@dataclass(frozen=True)
class UseLedger:
    """Who passed in which direction, and when (monotonic seconds), oldest first."""

    passages: dict[tuple[str, Direction], float] = field(default_factory=dict)


def person_of(reading: CodeReading, holder: Holder) -> str:
    """One key per person, for any number of codes: the subject, else name and date of birth.

    A certificate without either is a person of its own.
    """
    subject = holder.subject_id or reading.claims.get("subject")
    if subject is not None:
        return f"subject:{subject}"
    name, born = person_named(reading)
    if name:
        return f"person:{name}|{born}"
    return f"certificate:{hash_of(msgspec.json.encode(reading.claims).decode()):016x}"


def judge_reuse(ledger: UseLedger, shown: ShownCode, now: float, rule: ReuseRule) -> Reuse:
    """Whether this was shown before; setting back the wall clock changes nothing."""
    if shown.once and shown.used:
        return Reuse.USED
    last = ledger.passages.get((shown.person, shown.direction))
    if last is not None and now - last < rule.window:
        return Reuse.PASSED_BACK
    return Reuse.FIRST


def recorded(ledger: UseLedger, shown: ShownCode, now: float, rule: ReuseRule) -> UseLedger:
    """The ledger after the barrier opened for `shown`; entries older than the window are dropped.

    Passing the other way clears a person's entry: after going out they may come in at once.
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
    """How many codes may still be parsed: a bucket of `size`, filled by `rate` a second (monotonic)."""

    size: float = 30.0
    rate: float = 2.0
    left: float = 30.0
    since: float = 0.0


def admitted(throttle: CodeBudget, now: float) -> tuple[CodeBudget, bool]:
    """The budget after one more code, and whether that may be parsed; a flood cannot fill the journal.

    Thirty at once and two a second are more than people show and less than a screen can flash.
    """
    left = min(throttle.size, throttle.left + max(0.0, now - throttle.since) * throttle.rate)
    admit = left >= 1.0
    return CodeBudget(throttle.size, throttle.rate, left - 1.0 if admit else left, now), admit
