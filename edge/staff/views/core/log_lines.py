"""What a line of the gate's log says of an event: nothing of whom it names, and nothing that is silent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from edge.journal.format import (
    NAMING_FIELDS,
    AccessDecided,
    Entry,
    StaffDuress,
    understood,
    usual_press,
)
from edge.lane.machine import Cause
from edge.staff.protocol.gate import LogLine, Scalar

MOST_LINES: Final = 40
_LONGEST: Final = 60
_SILENT: Final = frozenset({StaffDuress.kind.value})
"""Nothing at the gate tells of them."""


def line_of(entry: Entry) -> LogLine | None:
    """The line of an event; None: it has none."""
    looks_like = None if entry.kind in _SILENT else usual_press(entry)
    if looks_like is None:
        return None
    entry = looks_like
    event = understood(entry)
    if isinstance(event, AccessDecided):
        return _decided(event, entry.wall.at)
    content = entry.shown
    said = {} if isinstance(content, str) else dict(_told(content))
    return LogLine(entry.kind, entry.wall.at, said=said)


def _decided(event: AccessDecided, at: datetime) -> LogLine:
    decision, way = event.decision, event.evidence.direction
    said: dict[str, Scalar] = {"direction": way.value}
    return LogLine(AccessDecided.kind.value, at, decision.outcome, decision.reason.value, said)


def _told(content: Mapping[str, Any]) -> Iterator[tuple[str, Scalar]]:
    for name, value in content.items():
        if name in NAMING_FIELDS or (name == "text" and "staff" in content):
            continue  # what somebody typed may name anybody
        if isinstance(value, (int, float)) or (isinstance(value, str) and len(value) <= _LONGEST):
            silent = name == "cause" and value == Cause.DURESS
            yield name, Cause.OVERRIDE.value if silent else value
