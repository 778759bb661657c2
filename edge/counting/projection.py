"""Applies the journal's events to the ledger: as they happen, and when they are read again at a start."""

from __future__ import annotations

import msgspec

from edge.counting.core import Ledger
from edge.decision import Decision, Direction, LastAccess, Outcome, WallTime
from edge.journal.format import (
    AccessDecided,
    CountsUnsure,
    Event,
    LaneEvent,
    LaneFire,
    LaneForced,
    LaneHeldOpenByStaff,
    LaneIntrusion,
    LaneNoEntry,
    LanePassed,
    LaneRepeated,
    LaneSensorFault,
    LaneTailgating,
    LaneUnclear,
    LaneWrongDirection,
    OccupancyCorrected,
    OccupancyRelieved,
    OccupancyReset,
    OccupancyStopped,
    OccupancyWarned,
    UnknownEvent,
)
from edge.lane.machine import BEAMS

WENT_THROUGH = (LanePassed, LaneTailgating, LaneWrongDirection, LaneIntrusion)
"""Anyone who went through is inside or gone, asked or not."""

_WentThrough = LanePassed | LaneTailgating | LaneWrongDirection | LaneIntrusion
_STANDS_OPEN = frozenset({LaneEvent.HELD_OPEN_BY_STAFF, LaneEvent.FIRE, LaneEvent.FORCED})


class CountedLane(msgspec.Struct, frozen=True):
    """A lane as the count sees it: `way` None means both ways; with two `beams` it confirms passages."""

    site: str
    gate: str
    way: Direction | None
    beams: bool
    alone: bool = True


class CountProjection:
    """Applies events to a ledger, as they happen or when they are read again."""

    def __init__(self, lane: CountedLane, ledger: Ledger) -> None:
        self._lane = lane
        self.ledger = ledger
        self.passages: list[tuple[str, LastAccess, LastAccess | None]] = []
        """Confirmed passages of persons: who, how, and the one before; the reader empties it."""

    def fold(self, event: Event | UnknownEvent, wall: WallTime, sequence: int | None) -> bool:
        """Take one event into account; whether it changed anything."""
        match event:
            case AccessDecided(decision=decision):
                return self.decided(decision, sequence)
            case LanePassed() | LaneTailgating() | LaneWrongDirection() | LaneIntrusion():
                self._went_through(event, wall)
            case LaneNoEntry(reference=reference):
                self.ledger.stayed(reference)
            case LaneUnclear(reference=reference):
                self.ledger.stayed(reference)  # as far as anybody can tell
                self.ledger.lapsed()
            case LaneSensorFault(sensor=sensor):
                return self._lane.beams and sensor in BEAMS and self._lapsed()
            case LaneFire() | LaneHeldOpenByStaff() | LaneForced():
                return self._stands_open(event.kind)
            case LaneRepeated(of=of):
                return self._lapsed() if of is LaneEvent.UNCLEAR else self._stands_open(of)
            case _:
                return self._of_the_count(event)
        return True

    def _of_the_count(self, event: Event | UnknownEvent) -> bool:
        match event:
            case OccupancyWarned() | OccupancyStopped() | OccupancyRelieved():
                self.ledger.level = event.level
            case OccupancyReset(begun=day):
                self.ledger.day_began(day)
            case OccupancyCorrected(by=by):
                self.ledger.corrected(by)
            case CountsUnsure():
                self.ledger.lapsed()
            case _:
                return False
        return True

    def decided(self, decision: Decision, sequence: int | None) -> bool:
        """Take the decision of event `sequence` into account (None: it is not in the journal)."""
        if sequence is None or decision.outcome is not Outcome.GRANT or decision.subject_id is None:
            return False
        self.ledger.granted(str(sequence), decision.subject_id)
        return True

    def direction_of(self, seen: Direction | None) -> Direction | None:
        """Which way a passage went: as the lane saw it, else the only way that there is."""
        return seen or self._lane.way

    def _went_through(self, event: _WentThrough, wall: WallTime) -> None:
        direction = self.direction_of(event.direction)
        self.ledger.passed(direction, estimated=event.counted == "estimated")
        if isinstance(event, LanePassed) and event.reference and direction is not None:
            passage = LastAccess(direction, wall.at, wall.trust, self._lane.gate)
            before = self.ledger.awaited(event.reference)
            subject = self.ledger.arrived(event.reference, passage)
            if subject is not None:
                self.passages.append((subject, passage, before))

    def _stands_open(self, kind: LaneEvent) -> bool:
        """A lane that stands open is counted by its beams, where it has any."""
        if kind is LaneEvent.FIRE:
            self.ledger.everybody_forgiven()
        blind = kind in _STANDS_OPEN and not self._lane.beams
        return (blind and self._lapsed()) or kind is LaneEvent.FIRE

    def _lapsed(self) -> bool:
        self.ledger.lapsed()
        return True
