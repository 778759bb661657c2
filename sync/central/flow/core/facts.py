"""Reads out of a gate's event what it counts, as the gate itself does (`edge.counting.projection`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import msgspec

from edge.counting.core import TALLY_FIELDS
from edge.journal.format import (
    CountsUnsure,
    LaneEvent,
    LaneIntrusion,
    LanePassed,
    LaneRepeated,
    LaneSensorFault,
    LaneTailgating,
    LaneUnclear,
    LaneWrongDirection,
    OccupancyCorrected,
    OccupancyReset,
)
from edge.lane.machine import BEAMS
from edge.signing.cose import CborLimits, encode_value, value_decoder
from edge.support.decoding import Undecodable

Counts = tuple[int, ...]
"""How many of each of `edge.counting.core.TALLY_FIELDS`."""

MOST_CORRECTED = 1_000_000
"""A correction of more people than this is none: no site holds them."""


@dataclass(frozen=True)
class DayBegan:
    """A gate's day of counting `ended` and another `begun` (ISO dates; empty: none was known)."""

    ended: str
    begun: str


def fact_of(kind: str, body: bytes) -> Counts | DayBegan | None:
    """What an event adds to the counts of its gate; None: nothing, or nobody can read it."""
    try:
        if kind in _WENT_THROUGH:
            return _went_through(*_without_reference(body))
        if kind == OccupancyReset.kind:
            return _day_began(_reset_of(body))
        if kind == OccupancyCorrected.kind:
            return _corrected(_correction_of(body).by)
        if kind in _LAPSES and _has_lapsed(kind, body):
            return _LAPSED
    except Undecodable:
        return None
    return None


# --- inside --------------------------------------------------------------------------------


class _Passage(msgspec.Struct):
    direction: Literal["entry", "exit"] | None = None
    counted: str = ""


class _Reset(msgspec.Struct):
    ended: str = msgspec.field(name="from", default="")
    begun: str = msgspec.field(name="to", default="")


class _Correction(msgspec.Struct):
    by: int


class _Repeated(msgspec.Struct):
    of: str = ""


class _Sensor(msgspec.Struct):
    sensor: str = ""


_LIMITS = CborLimits(16 * 1024, depth=8, items=4096)
_passage_of = value_decoder(_Passage, _LIMITS, LanePassed.kind)
_reset_of = value_decoder(_Reset, _LIMITS, OccupancyReset.kind)
_correction_of = value_decoder(_Correction, _LIMITS, OccupancyCorrected.kind)
_repeated_of = value_decoder(_Repeated, _LIMITS, LaneRepeated.kind)
_sensor_of = value_decoder(_Sensor, _LIMITS, LaneSensorFault.kind)

_WENT_THROUGH = frozenset(
    event.kind.value for event in (LanePassed, LaneTailgating, LaneWrongDirection, LaneIntrusion)
)
_LAPSES = frozenset(event.kind.value for event in (CountsUnsure, LaneUnclear, LaneRepeated, LaneSensorFault))
KINDS = _WENT_THROUGH | _LAPSES | {OccupancyReset.kind.value, OccupancyCorrected.kind.value}
"""The kinds of events that count."""

_BEAMS = frozenset(beam.value for beam in BEAMS)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def counts(**fields: int) -> Counts:
    """So many of each field; of the others none."""
    return tuple(fields.get(name, 0) for name in TALLY_FIELDS)


_LAPSED = counts(lapses=1)
_PASSED = {
    (way, estimated): counts(**{name: 1} | ({f"{name}_estimated": 1} if estimated and way else {}))
    for way, name in (("entry", "entered"), ("exit", "left"), (None, "unplaced"))
    for estimated in (False, True)
}


_REFERENCE = encode_value({"reference": ""})[1:-1]
_LONGEST = 0x17
"""Bytes of a text whose length is in its first byte."""


def _without_reference(body: bytes) -> tuple[bytes, bytes]:
    """A passage's body without who it was, which comes last in the one encoding and counts nothing, and what
    ends such a body: those of a gate then are a handful, and each is read once.
    """
    place = body.rfind(_REFERENCE)
    text = body[place + len(_REFERENCE) :]
    if place < 0 or not text or text[0] - 0x60 != len(text) - 1 or len(text) > _LONGEST or not text.isascii():
        return body, b""
    return body[:place], _REFERENCE + b"\x60"


@lru_cache(maxsize=256)
def _went_through(head: bytes, end: bytes) -> Counts:
    passage = _passage_of(head + end)
    return _PASSED[passage.direction, passage.counted != "counted"]


def _day_began(reset: _Reset) -> DayBegan | None:
    """A day that has no name that a day can have begins nothing."""
    if not _DAY.fullmatch(reset.begun):
        return None
    return DayBegan(reset.ended if _DAY.fullmatch(reset.ended) else "", reset.begun)


def _corrected(by: int) -> Counts | None:
    if not by or abs(by) > MOST_CORRECTED:
        return None
    return counts(raised=by) if by > 0 else counts(lowered=-by)


def _has_lapsed(kind: str, body: bytes) -> bool:
    """Whether passages may have gone uncounted. That a barrier stands open matters only where no beam counts,
    which the gate knows and tells with its own counts.
    """
    if kind == LaneRepeated.kind:
        return bool(_repeated_of(body).of == LaneEvent.UNCLEAR)
    if kind == LaneSensorFault.kind:
        return _sensor_of(body).sensor in _BEAMS
    return True
