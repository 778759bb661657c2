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
from edge.journal.format.feed import (
    MOST_ANSWER_BYTES,
    MOST_ASK_BYTES,
    Answer,
    Ask,
    Page,
    Unreadable,
    answer_of,
    ask_of,
    encoded,
    page_of,
)

__all__ = [
    "BEGINNING",
    "MOST_ANSWER_BYTES",
    "MOST_ASK_BYTES",
    "MOST_BODY_BYTES",
    "MOST_BYTES",
    "START",
    "AcknowledgedState",
    "Acknowledgement",
    "Answer",
    "Ask",
    "Break",
    "Entry",
    "EventKind",
    "Gap",
    "Page",
    "Point",
    "Span",
    "Unreadable",
    "acknowledgement_topic",
    "answer_of",
    "ask_of",
    "breaks",
    "encoded",
    "file_name",
    "instant",
    "is_whole",
    "link",
    "microseconds",
    "page_of",
    "read_acknowledgement",
    "state_of",
]
