"""Plans an import of subjects before anything changes, and says what is wrong with a list. PURE."""

from sync.central.imports.core.corrections import offered
from sync.central.imports.core.import_plan import SITE_ADMIN_FIELDS, Incoming, Planned, Protected, plan
from sync.central.imports.core.problems import (
    MOST_SHOWN,
    CellProblem,
    ProblemKind,
    SaidProblem,
    kind_of,
    letter_of,
    objection,
)
from sync.central.imports.core.shown_plan import (
    MOST_PROBLEMS,
    ShownChange,
    ShownPlan,
    ToldPlan,
    packed,
    shown_changes,
    shown_kept,
    unpacked,
)

__all__ = [
    "MOST_PROBLEMS",
    "MOST_SHOWN",
    "SITE_ADMIN_FIELDS",
    "CellProblem",
    "Incoming",
    "Planned",
    "ProblemKind",
    "Protected",
    "SaidProblem",
    "ShownChange",
    "ShownPlan",
    "ToldPlan",
    "kind_of",
    "letter_of",
    "objection",
    "offered",
    "packed",
    "plan",
    "shown_changes",
    "shown_kept",
    "unpacked",
]
