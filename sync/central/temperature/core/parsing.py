"""Reads the temperature out of a gate's decision, whatever reasons a later version may give."""

from __future__ import annotations

import msgspec

from edge.decision import Outcome, Reason
from edge.journal.format import AccessDecided
from edge.signing.cose import CborLimits, value_decoder
from edge.support.decoding import Undecodable

LOWEST, HIGHEST = 20.0, 50.0
"""°C within which a reading that a gate calls valid can be one of a person; others are counted as invalid."""
WHYS = frozenset({"once", "unsteady", "not_a_person", "too_near", "too_far", "ambient", "drift"})
"""Why the gate calls a reading invalid (docs/temperature.md)."""
OTHER = "other"
_LIMITS = CborLimits(16 * 1024, depth=8, items=4096)
_MARK = b"temperature"


class ReadingFacts(msgspec.Struct, frozen=True):
    """What is kept of one reading, until it is counted. `celsius` and `raw` are None where it is `invalid`
    (why; empty: it is valid). `again`: there was a second measurement. `high` is what became of somebody
    whose temperature two measurements found high: the outcome's word; empty: it was not found high.
    """

    celsius: float | None
    raw: float | None
    invalid: str = ""
    again: bool = False
    high: str = ""


def reading_in(kind: str, body: bytes) -> ReadingFacts | None:
    """The reading in an event; None where there is none, or nobody can read it."""
    if kind != AccessDecided.kind or _MARK not in body:
        return None
    try:
        access: _Access = _access_of(body)
    except Undecodable:
        return None
    reading = access.evidence.temperature
    if reading is None:
        return None
    decision = access.decision
    high = decision.outcome if decision.reason == Reason.TEMPERATURE_HIGH else ""
    again = reading.again is not None
    invalid = _invalid(reading)
    if invalid:
        return ReadingFacts(None, None, invalid, again, _known(high))
    raw = reading.raw if reading.raw is not None else reading.celsius - reading.offset
    return ReadingFacts(reading.celsius, raw, "", again, _known(high))


# --- inside --------------------------------------------------------------------------------


class _Reading(msgspec.Struct):
    celsius: float
    valid: bool = True
    why: str = ""
    again: float | None = None
    raw: float | None = None
    offset: float = 0.0


class _Evidence(msgspec.Struct):
    temperature: _Reading | None = None


class _Decision(msgspec.Struct):
    outcome: str = ""
    reason: str = ""


class _Access(msgspec.Struct):
    decision: _Decision = msgspec.field(default_factory=_Decision)
    evidence: _Evidence = msgspec.field(default_factory=_Evidence)


_access_of = value_decoder(_Access, _LIMITS, AccessDecided.kind)


def _invalid(reading: _Reading) -> str:
    """Why a reading does not count, `other` where it cannot be what it says; empty: it counts."""
    if not reading.valid:
        return reading.why if reading.why in WHYS else OTHER
    raw = reading.raw if reading.raw is not None else reading.celsius - reading.offset
    plausible = LOWEST <= reading.celsius <= HIGHEST and LOWEST <= raw <= HIGHEST  # NaN is within nothing
    return "" if plausible else OTHER


def _known(outcome: str) -> str:
    return outcome if outcome in set(Outcome) else ""
