"""Reads an access out of a gate's event, whatever reasons and modes a later version may give."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

import msgspec

from edge.journal.format import AccessDecided, LaneOpened, StaffActTaken
from edge.signing.cose import CborLimits, encode_value, value_decoder
from edge.support.decoding import Undecodable

_MOST_TEXT = 128
_MOST_COUNT = 2**31 - 1
_LIMITS = CborLimits(16 * 1024, depth=8, items=4096)
BY_HAND = frozenset({"override", "staff", "duress"})
"""The causes (`edge.lane.machine.Cause`) for which a person, not a decision, opened the barrier."""


OF_ACCESSES = frozenset({AccessDecided.kind.value, LaneOpened.kind.value, StaffActTaken.kind.value})
"""The kinds of events in which an access can be."""
GRANTED: Final = "grant"
REFUSED: Final = "refused"
"""Was granted, and the lane did not open: beside the outcomes of decisions."""


class AccessMeans(StrEnum):
    """By what somebody was recognised, or let in."""

    FACE = "face"
    CODE = "code"
    BOTH = "both"
    NOTHING = "nothing"  # the gate asked for nothing, or saw nothing
    STAFF = "staff"  # opened by hand, for nobody whom the gate had decided on


class AccessFacts(msgspec.Struct, frozen=True):
    """What an event says about an access. `outcome` is `grant`, `deny` or `refer`, also of a later version's
    making, or `refused` once the lane said so; one that was opened by hand is a grant whose `reason` is the
    cause. `waited` is in milliseconds, `inside` how many people the gate counted then; None where nobody did.
    `staff` is who did it by name, and `why` the code of their reason, or what they typed.
    """

    outcome: str
    reason: str
    rule: str
    means: AccessMeans
    direction: str | None = None
    subject: str | None = None
    registry: int | None = None
    waited: int | None = None
    inside: int | None = None
    staff: str | None = None
    why: str | None = None


def facts_of(kind: str, body: bytes) -> AccessFacts | None:
    """The access in an event; None if it is none, or if nobody can read it."""
    try:
        if kind == AccessDecided.kind:
            return _decided(_access_of(body))
        if kind == LaneOpened.kind and _GRANTED not in body:
            return _opened(_opening_of(body))
        if kind == StaffActTaken.kind:
            return _acted(_act_of(body))
    except Undecodable:
        return None
    return None


# --- inside --------------------------------------------------------------------------------


class _Decision(msgspec.Struct):
    outcome: str
    reason: str = ""
    rule: str = ""
    subject_id: str | None = None


class _Face(msgspec.Struct):
    finding: str = ""


class _Evidence(msgspec.Struct):
    direction: Literal["entry", "exit"] | None = None
    face: _Face | None = None
    code: dict[str, object] | None = None


class _Circumstances(msgspec.Struct):
    occupancy: int | None = None


class _Access(msgspec.Struct):
    decision: _Decision
    evidence: _Evidence = msgspec.field(default_factory=_Evidence)
    registry: int | None = None
    circumstances: _Circumstances | None = None
    waited: int | None = None


class _Opening(msgspec.Struct):
    cause: str
    reference: str = ""


class _Act(msgspec.Struct):
    act: str
    staff: str
    reason: str = ""
    text: str = ""


_access_of = value_decoder(_Access, _LIMITS, AccessDecided.kind)
_opening_of = value_decoder(_Opening, _LIMITS, LaneOpened.kind)
_act_of = value_decoder(_Act, _LIMITS, StaffActTaken.kind)
_GRANTED = encode_value({"cause": "grant"})[1:]
"""In the one encoding, the body of a barrier that a grant opened has these bytes: most need no more."""

_COMMAND = "command "
"""Before the nonce of a command of the centre's, where that is what something was opened for."""
_OPENS = frozenset({"let_in", "hold_open"})
_TYPED = "typed"

_MEANS = {
    "face_matched": AccessMeans.FACE,
    "code_accepted": AccessMeans.CODE,
    "face_and_code_agree": AccessMeans.BOTH,
    "gate_free": AccessMeans.NOTHING,
}


def _decided(access: _Access) -> AccessFacts:
    decision, evidence = access.decision, access.evidence
    return AccessFacts(
        _text(decision.outcome),
        _text(decision.reason),
        _text(decision.rule),
        _MEANS.get(decision.reason) or _means_of(evidence),
        evidence.direction,
        _text(decision.subject_id) if decision.subject_id else None,
        access.registry,
        _count(access.waited),
        None if access.circumstances is None else _count(access.circumstances.occupancy),
    )


def _means_of(evidence: _Evidence) -> AccessMeans:
    """What was shown of somebody who was not let in."""
    if evidence.code is None:
        return AccessMeans.NOTHING if evidence.face is None else AccessMeans.FACE
    matched = evidence.face is not None and evidence.face.finding == "matched"
    return AccessMeans.BOTH if matched else AccessMeans.CODE


def _opened(opening: _Opening) -> AccessFacts | None:
    """What was opened by hand. What staff opened by name is their act's to tell, which was before it."""
    by_name = opening.cause == "staff" and not opening.reference.startswith(_COMMAND)
    if opening.cause not in BY_HAND or by_name:
        return None
    return AccessFacts(GRANTED, opening.cause, "", AccessMeans.STAFF)


def _acted(act: _Act) -> AccessFacts | None:
    if act.act not in _OPENS:
        return None
    why = act.text if act.reason == _TYPED else act.reason
    return AccessFacts(GRANTED, "staff", "", AccessMeans.STAFF, staff=_text(act.staff), why=_text(why))


def _count(value: int | None) -> int | None:
    """A count as a database takes it; None for one that nothing has."""
    return value if value is not None and 0 <= value <= _MOST_COUNT else None


def _text(value: str) -> str:
    """A code or an id as a database takes it: no longer than any is, and without the NUL that PostgreSQL
    refuses.
    """
    return value[:_MOST_TEXT].replace("\0", "")
