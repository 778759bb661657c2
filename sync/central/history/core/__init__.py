"""What files of history hold, whether it leads on in its chain, how long it is kept, and what is held.
PURE.
"""

from sync.central.history.core.holds import Scope, is_held
from sync.central.history.core.kinds import LAYOUTS, OF_CHAIN, ColumnType, FileKind, FileState, TableLayout
from sync.central.history.core.names import PARTIAL, day_of, file_name
from sync.central.history.core.retention import FEWEST_DAYS, MOST_DAYS, Kept, RetentionRule, rule_for
from sync.central.history.core.runs import Run, first_changed, runs_of

__all__ = [
    "FEWEST_DAYS",
    "LAYOUTS",
    "MOST_DAYS",
    "OF_CHAIN",
    "PARTIAL",
    "ColumnType",
    "FileKind",
    "FileState",
    "Kept",
    "RetentionRule",
    "Run",
    "Scope",
    "TableLayout",
    "day_of",
    "file_name",
    "first_changed",
    "is_held",
    "rule_for",
    "runs_of",
]
