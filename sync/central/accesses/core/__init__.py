"""What an event of a gate says about an access, and what accesses come to in spans of time. PURE."""

from sync.central.accesses.core.counting import (
    AN_HOUR,
    LATE_AFTER,
    REASON,
    TEN_MINUTES,
    AccessFigure,
    CountedAccess,
    SpanCount,
    SpanKey,
    begin_of,
    counts_of,
)
from sync.central.accesses.core.parsing import (
    GRANTED,
    OF_ACCESSES,
    REFUSED,
    AccessFacts,
    AccessMeans,
    facts_of,
)
from sync.central.accesses.core.rollup import COURSE, NOTHING, Occupancy, PlaceFigures, added, rolled_up
from sync.central.accesses.core.waiting import WAITED, quantile

__all__ = [
    "AN_HOUR",
    "COURSE",
    "GRANTED",
    "LATE_AFTER",
    "NOTHING",
    "OF_ACCESSES",
    "REASON",
    "REFUSED",
    "TEN_MINUTES",
    "WAITED",
    "AccessFacts",
    "AccessFigure",
    "AccessMeans",
    "CountedAccess",
    "Occupancy",
    "PlaceFigures",
    "SpanCount",
    "SpanKey",
    "added",
    "begin_of",
    "counts_of",
    "facts_of",
    "quantile",
    "rolled_up",
]
