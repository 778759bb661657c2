"""The ledger of who passed, occupancy as counters that only rise, people a minute, when a day ends. PURE."""

from edge.counting.core.day import DayWatch, check_day, day_of
from edge.counting.core.flow import Flow, PassageRate
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
    "PassageRate",
    "Tally",
    "check_day",
    "day_of",
    "next_level",
]
