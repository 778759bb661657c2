"""Folds the journal's events into the ledger: as they happen, and when they are read again at a start."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from edge.counting.core import Ledger
from edge.decision import Crowding, Direction, LastAccess, Outcome, WallTime
from edge.journal.format import EventKind
from edge.lane.machine import LaneEvent

WENT_THROUGH = frozenset(
    {LaneEvent.PASSED, LaneEvent.TAILGATING, LaneEvent.WRONG_DIRECTION, LaneEvent.INTRUSION}
)
"""Whoever went through is inside or gone, asked or not."""

_STANDS_OPEN = frozenset({LaneEvent.HELD_OPEN_BY_STAFF, LaneEvent.FIRE, LaneEvent.FORCED})


def estimates(body: Mapping[str, object]) -> bool:
    """Whether a passage was not seen by beams, or not surely."""
    return body.get("counted") != "counted"


class Lane(msgspec.Struct, frozen=True):
    """What the count needs to know of a lane: `way` None goes both ways; with `beams` it sees passages."""

    site: str
    gate: str
    way: Direction | None
    beams: bool
    alone: bool = True


class CountProjection:
    """Folds the journal's events into a ledger, as they happen or when they are read again."""

    def __init__(self, lane: Lane, ledger: Ledger) -> None:
        self._lane = lane
        self.ledger = ledger
        self.passages: list[tuple[str, LastAccess, LastAccess | None]] = []
        """Confirmed passages of persons: who, how, and the one before; whoever reads it empties it."""

    def fold(self, kind: str, body: Mapping[str, object], wall: WallTime, sequence: int | None) -> bool:
        """Take one event into account; whether it changed anything."""
        if kind == EventKind.ACCESS_DECIDED:
            return self._decided(body, sequence)
        if kind in WENT_THROUGH:
            self._went_through(kind, body, wall)
        elif kind == LaneEvent.NO_ENTRY:
            self.ledger.stayed(str(body.get("reference", "")))
        elif kind in _STANDS_OPEN or kind in {LaneEvent.SENSOR_FAULT, LaneEvent.UNCLEAR}:
            return self._unsure(kind, body)
        elif kind in _COUNT_EVENTS:
            _COUNT_EVENTS[kind](self.ledger, body)
        else:
            return False
        return True

    def direction_of(self, body: Mapping[str, object]) -> Direction | None:
        """Which way a passage went: as the lane saw it, else the only way that there is."""
        told = body.get("direction")
        return self._lane.way if told is None else Direction(str(told))

    def _decided(self, body: Mapping[str, object], sequence: int | None) -> bool:
        decision = body.get("decision")
        if sequence is None or not isinstance(decision, Mapping):
            return False
        subject = decision.get("subject_id")
        if decision.get("outcome") != Outcome.GRANT or not isinstance(subject, str):
            return False
        self.ledger.granted(str(sequence), subject)
        return True

    def _went_through(self, kind: str, body: Mapping[str, object], wall: WallTime) -> None:
        direction = self.direction_of(body)
        self.ledger.passed(direction, estimated=estimates(body))
        reference = str(body.get("reference", ""))
        if kind == LaneEvent.PASSED and reference and direction is not None:
            passage = LastAccess(direction, wall.at, wall.trust, self._lane.gate)
            before = self.ledger.awaited(reference)
            subject = self.ledger.arrived(reference, passage)
            if subject is not None:
                self.passages.append((subject, passage, before))

    def _unsure(self, kind: str, body: Mapping[str, object]) -> bool:
        """A lane that stands open is counted by its beams, where it has any and they work."""
        if kind == LaneEvent.FIRE:
            self.ledger.everybody_forgiven()
        if kind == LaneEvent.UNCLEAR and body.get("reference"):
            self.ledger.stayed(str(body["reference"]))  # as far as anybody can tell
        blind = not self._lane.beams or kind == LaneEvent.UNCLEAR
        if kind == LaneEvent.SENSOR_FAULT:
            blind = self._lane.beams and str(body.get("sensor", "")).startswith("beam")
        if blind:
            self.ledger.lapsed()
        return blind or kind == LaneEvent.FIRE


def _level_told(ledger: Ledger, body: Mapping[str, object]) -> None:
    ledger.level = Crowding(str(body["level"]))


def _day_began(ledger: Ledger, body: Mapping[str, object]) -> None:
    ledger.day_began(str(body["to"]))


def _corrected(ledger: Ledger, body: Mapping[str, object]) -> None:
    by = body["by"]
    if isinstance(by, int) and by:
        ledger.corrected(by)


_COUNT_EVENTS: dict[str, Callable[[Ledger, Mapping[str, object]], None]] = {
    EventKind.OCCUPANCY_WARNED: _level_told,
    EventKind.OCCUPANCY_STOPPED: _level_told,
    EventKind.OCCUPANCY_RELIEVED: _level_told,
    EventKind.OCCUPANCY_RESET: _day_began,
    EventKind.OCCUPANCY_CORRECTED: _corrected,
    EventKind.COUNTS_UNSURE: lambda ledger, _: ledger.lapsed(),
}
