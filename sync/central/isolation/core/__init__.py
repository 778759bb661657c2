"""What an exit in isolation is, what became of it at the gate, and when home visits are due. PURE."""

from sync.central.isolation.core.aftermath import KINDS, NOTHING, REACH, Aftermath, aftermath_of
from sync.central.isolation.core.exits import BY_EXCEPTION, LET_OUT, How, how_of, tells_isolation
from sync.central.isolation.core.orders import Ordered, in_force, is_excepted
from sync.central.isolation.core.schedule import (
    MOST_DAYS,
    MOST_HOURS,
    SHIPPED,
    DueVisit,
    Occasion,
    VisitRule,
    visits_of,
)

__all__ = [
    "BY_EXCEPTION",
    "KINDS",
    "LET_OUT",
    "MOST_DAYS",
    "MOST_HOURS",
    "NOTHING",
    "REACH",
    "SHIPPED",
    "Aftermath",
    "DueVisit",
    "How",
    "Occasion",
    "Ordered",
    "VisitRule",
    "aftermath_of",
    "how_of",
    "in_force",
    "is_excepted",
    "tells_isolation",
    "visits_of",
]
