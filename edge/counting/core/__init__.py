"""The ledger of who passed, occupancy as counters that only rise, people a minute, when a day ends. PURE."""

from edge.counting.core.day import DayWatch, day_of, look
from edge.counting.core.flow import Flow, Rate
from edge.counting.core.ledger import Ledger, LedgerState
from edge.counting.core.occupancy import MOST_TALLIES, Figures, Key, Tally, next_level

__all__ = [
    "MOST_TALLIES",
    "DayWatch",
    "Figures",
    "Flow",
    "Key",
    "Ledger",
    "LedgerState",
    "Rate",
    "Tally",
    "day_of",
    "look",
    "next_level",
]
