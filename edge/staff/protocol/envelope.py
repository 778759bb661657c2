"""The envelope of every request, and the answers that any request may get."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from edge.staff.core import ID, LONGEST_TYPED, NAME

MOST_BYTES: Final = 128 * 1024
"""Bytes of a packet, either way."""

Id = Annotated[str, Meta(pattern=rf"\A{ID}\Z", description="1 to 32 of a-z 0-9 . _ -")]
"""A staff member's id."""
Shown = Annotated[str, Meta(pattern=rf"\A{NAME}\Z", description="a name of 1 to 60 letters")]
"""A name that people read."""
Typed = Annotated[str, Meta(max_length=LONGEST_TYPED, pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z")]
"""What somebody typed on a page."""
Code = Annotated[str, Meta(max_length=64, pattern=r"\A[a-z0-9_.-]*\Z")]
Pin = Annotated[str, Meta(max_length=64)]
Key = Annotated[str, Meta(pattern=r"\A[0-9a-f]{16,64}\Z", description="16 to 64 hexadecimal digits")]
"""What a page gives an act when it shows its form, at random: the same key is carried out once."""
Sequence = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""The sequence of an event in the gate's journal."""


class Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """A request's body or an answer: a map with its `type`, the name of the struct."""


class RefusedWhy(StrEnum):
    """Why a request was not done."""

    NOT_SIGNED_IN = "not_signed_in"
    WRONG = "wrong"
    """The name, the PIN or the passkey is wrong; which of them is not said."""
    LOCKED_OUT = "locked_out"
    NOT_YOUR_ROLE = "not_your_role"
    PIN_MUST_CHANGE = "pin_must_change"
    PIN_WEAK = "pin_weak"
    UNREADABLE = "unreadable"
    INVALID = "invalid"
    DIGITS = "digits"
    """As many digits stand together in a text as a PIN has."""
    UNKNOWN = "unknown"
    TAKEN = "taken"
    LAST_MANAGER = "last_manager"
    LIMIT = "limit"
    GONE = "gone"
    """The person, or the press, of the act is no longer there."""
    LOCKED_BY_CENTRE = "locked_by_centre"
    LOCKED = "locked"
    OCCUPIED = "occupied"
    """Somebody is before the gate, or the barrier is in use: nothing is tried now."""
    FIRE = "fire"
    POLICY = "policy"
    NOT_RECORDED = "not_recorded"
    """The journal could not store it, so it was not done."""
    BUSY = "busy"
    UNAVAILABLE = "unavailable"


class Refused(Message, frozen=True):
    """Nothing was done, `why` (a code), and for people in English what happened (`text`) and what to do
    (`remedy`). `wait`: so many seconds until it may be tried again; `detail` is a code, name or number that
    the text needs.
    """

    why: RefusedWhy
    text: str
    remedy: str
    wait: float = 0.0
    detail: str = ""


class Done(Message, frozen=True):
    """It is done."""
