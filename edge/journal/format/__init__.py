"""Events and acknowledgements as values, and the chain of hashes between them. PURE."""

from edge.journal.format.acknowledgement import (
    MOST_BYTES,
    AcknowledgedState,
    Acknowledgement,
    acknowledgement_topic,
    file_name,
    read_acknowledgement,
    state_of,
)
from edge.journal.format.chain import BEGINNING, START, Break, Gap, Point, Span, breaks, is_whole, link
from edge.journal.format.event import MOST_BODY_BYTES, Entry, EventKind, instant, microseconds

__all__ = [
    "BEGINNING",
    "MOST_BODY_BYTES",
    "MOST_BYTES",
    "START",
    "AcknowledgedState",
    "Acknowledgement",
    "Break",
    "Entry",
    "EventKind",
    "Gap",
    "Point",
    "Span",
    "acknowledgement_topic",
    "breaks",
    "file_name",
    "instant",
    "is_whole",
    "link",
    "microseconds",
    "read_acknowledgement",
    "state_of",
]
