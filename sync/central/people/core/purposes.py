"""What somebody must say before a person's record is opened, and for how long it stays open. PURE."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from edge.support.phrases import Phrase, phrase
from sync.central.units import MINUTE

LASTS = 15 * MINUTE
"""How long a look lasts, in microseconds."""
MOST_REASON = 200
_REFERENCE = re.compile(r"(?=.*\d)[\w./-]{1,40}", re.ASCII)


class Purpose(StrEnum):
    """For what a person's record is opened."""

    APPEAL = "appeal"
    VISIT = "visit"
    ILLNESS = "illness"  # in the house
    ACCESS = "access"  # a dispute about an access
    CORRECTION = "correction"
    AUDIT = "audit"


@dataclass(frozen=True)
class Grounds:
    """A purpose with the reference of a case ("A-1182"), or a reason in words, or both."""

    purpose: Purpose
    reference: str = ""
    reason: str = ""

    def __str__(self) -> str:
        case = " ".join(filter(None, (self.purpose.value, self.reference)))
        return ": ".join(filter(None, (case, self.reason)))


def objection(grounds: Grounds) -> Phrase | None:
    """Why a record is not opened on these grounds; empty where it is."""
    if not grounds.reference and not grounds.reason.strip():
        return phrase("neither a reference nor a reason is given")
    if grounds.reference and not _REFERENCE.fullmatch(grounds.reference):
        named = repr(grounds.reference[:44])
        return phrase(
            "%(named)s is not the reference of a case: up to 40 letters and digits, as A-1182", named=named
        )
    if len(grounds.reason) > MOST_REASON:
        return phrase(
            "the reason has %(count)s characters, of %(most)s at most",
            count=len(grounds.reason),
            most=MOST_REASON,
        )
    if not grounds.reason.isprintable():
        return phrase("the reason has characters that cannot be printed")
    return None
