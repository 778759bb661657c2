"""What is shown of a gate, folded from what happens: who is before it, the last accesses, the figures of the
day, and since when each fact holds. PURE.
"""

from edge.staff.views.core.before_gate import BeforeGate
from edge.staff.views.core.cards import by_face, card_of, person_of, row_of_access
from edge.staff.views.core.facts import (
    NO_CAMERA,
    WORKING,
    CentreLink,
    Device,
    FactWatch,
    GateReadings,
    RegistryHeld,
    Since,
    lane_fact,
)
from edge.staff.views.core.log_lines import MOST_LINES, line_of
from edge.staff.views.core.nameless import without_names
from edge.staff.views.core.recent import MOST_ROWS, Recent, RecentWaits, is_refusal
from edge.staff.views.core.resuming import resumed

__all__ = [
    "MOST_LINES",
    "MOST_ROWS",
    "NO_CAMERA",
    "WORKING",
    "BeforeGate",
    "CentreLink",
    "Device",
    "FactWatch",
    "GateReadings",
    "Recent",
    "RecentWaits",
    "RegistryHeld",
    "Since",
    "by_face",
    "card_of",
    "is_refusal",
    "lane_fact",
    "line_of",
    "person_of",
    "resumed",
    "row_of_access",
    "without_names",
]
