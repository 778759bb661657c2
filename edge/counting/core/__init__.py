"""The ledger of who passed, occupancy as counters that only rise, people a minute, when a day ends,
and what gates tell each other. PURE.
"""

from edge.counting.core.count_snapshot import (
    MOST_BYTES,
    MOST_PERSONS,
    CountSnapshot,
    PersonAccess,
    count_snapshot_of,
    read_count_snapshot,
    wrong_with,
)
from edge.counting.core.day import DayWatch, check_day, day_of
from edge.counting.core.flow import Flow, PassageRate
from edge.counting.core.ledger import Ledger, LedgerState
from edge.counting.core.occupancy import TALLY_FIELDS, SiteFigures, next_level

__all__ = [
    "MOST_BYTES",
    "MOST_PERSONS",
    "TALLY_FIELDS",
    "CountSnapshot",
    "DayWatch",
    "Flow",
    "Ledger",
    "LedgerState",
    "PassageRate",
    "PersonAccess",
    "SiteFigures",
    "check_day",
    "count_snapshot_of",
    "day_of",
    "next_level",
    "read_count_snapshot",
    "wrong_with",
]
