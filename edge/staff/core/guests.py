"""What staff may give a visitor at the gate: bounds, and how a name is kept."""

from __future__ import annotations

import unicodedata
from base64 import b32encode
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from edge.credentials.known import CODE_PREFIX
from edge.decision import Subject, VisitorRule

LONGEST_NAME: Final = 60
NUMBER_DIGITS: Final = 6
CODE_BYTES: Final = 15
"""Random bytes of a code: nobody guesses 120 bits."""


class VisitorMeans(StrEnum):
    """By what a visitor shows their right."""

    CODE = "code"  # to photograph, or print
    NUMBER = "number"  # to type


class GuestObjection(StrEnum):
    """Why a visitor cannot be registered so."""

    NAME = "name"
    HOST = "host"
    HOST_ENDED = "host_ended"
    LONGER = "longer"
    USES = "uses"
    AN_HOUR = "an_hour"
    MOST = "most"
    NUMBERS = "numbers"
    NOT_HERE = "not_here"


def normal_name(name: str) -> str:
    """A visitor's name as it is kept."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def objection_to(
    rule: VisitorRule, name: str, host: Subject | None, duration: timedelta, uses: int, now: datetime
) -> GuestObjection | None:
    """Why the policy, or what was typed, does not allow this; None where it does. How many there are already
    is not looked at.
    """
    ends = now + duration
    objections = {
        GuestObjection.NOT_HERE: rule.longest == 0,
        GuestObjection.NAME: not name or len(name) > LONGEST_NAME or not name.isprintable(),
        GuestObjection.HOST: host is None,
        GuestObjection.HOST_ENDED: host is not None and not _holds(host, now, ends),
        GuestObjection.LONGER: not timedelta(0) < duration <= timedelta(seconds=rule.longest),
        GuestObjection.USES: not 1 <= uses <= rule.uses,
    }
    return next((objection for objection, holds in objections.items() if holds), None)


def _holds(host: Subject, now: datetime, ends: datetime) -> bool:
    """Whether a resident's own right holds from now until then."""
    begun = host.valid_from is None or host.valid_from <= now
    return begun and (host.valid_until is None or ends <= host.valid_until)


def code_of(entropy: bytes) -> str:
    """The text of a visitor's code: capitals and digits, which make a small QR code."""
    return CODE_PREFIX + b32encode(entropy).decode().rstrip("=")
