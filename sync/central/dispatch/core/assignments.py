"""What somebody is sent for, what they may know for it, and what may have come of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from edge.support.phrases import Phrase, phrase

_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")

NEEDS_PERSON: Final = frozenset(
    {"isolation_exit", "isolation_exception", "isolation_visit", "visit_overdue", "temperature_high"}
)
"""Assignments to a person: the worker has to know the room. Others are told nothing of anybody."""

OUTCOMES_AT_GATES: Final = ("repaired", "closed_lane", "false_alarm", "emergency_called", "other")
OUTCOMES_WITH_PEOPLE: Final = ("met", "sent_home", "not_found", "false_alarm", "emergency_called", "other")
"""What can have come of an assignment."""
LONGEST_NOTE = 300


@dataclass(frozen=True)
class Assignment:
    """What somebody is to be sent for: its kind, where, since when (microseconds since 1970 UTC), and how
    urgent it is (1 is the most). What is of no one site has a `place`. `alarm` is the alarm that asks for it.
    `since` is when it happened at the gate, where that is not now; before `due_at` nobody has to be there.
    """

    alarm: int | None
    kind: str
    site: str | None
    device: str | None
    subject: str | None
    due_at: int
    severity: int
    since: int | None = None
    place: int | None = None


def fault_of_assignment(assignment: Assignment) -> Phrase | None:
    """Why nobody can be sent for it; None where somebody can."""
    if not _KIND.fullmatch(assignment.kind):
        return phrase(
            "%(kind)r is no kind of assignment: small letters, digits and _", kind=assignment.kind[:60]
        )
    if assignment.severity not in {1, 2, 3}:
        return phrase("the severity is %(severity)s, expected 1, 2 or 3", severity=assignment.severity)
    return None


def needs_person(kind: str) -> bool:
    """Whether an assignment leads to a person, whose room the worker has to know."""
    return kind in NEEDS_PERSON


def outcomes_of(kind: str) -> tuple[str, ...]:
    """What can have come of an assignment of this kind."""
    return OUTCOMES_WITH_PEOPLE if needs_person(kind) else OUTCOMES_AT_GATES
