"""What a change of people or of a policy is, what several come to, and when they wait for a second person;
the states of an appeal. PURE.
"""

from sync.central.changes.core.appeal_state import AppealStage, AppealState, after, reference_in, reference_of
from sync.central.changes.core.change import (
    MOST_CHANGES,
    Change,
    EraseSubject,
    NewerChange,
    PutPolicy,
    PutSubject,
    PutTemplates,
    RevokeSubject,
    SetIsolation,
    SetStatus,
    decoded,
    encoded,
    kind_of,
    subject_of,
)
from sync.central.changes.core.lines import ChangeLine, lines_of, summary_of
from sync.central.changes.core.marks import Marks, marks_of, seen_mark
from sync.central.changes.core.numbers import numbers_in
from sync.central.changes.core.outcomes import ChangesOutcome, ImpossibleChange, outcome
from sync.central.changes.core.policy_changes import policy_lines, without_lines
from sync.central.changes.core.second_person import (
    Alone,
    Counted,
    WaitingGround,
    done_alone,
    grounds,
)
from sync.central.changes.core.state import ChangeSetState

__all__ = [
    "MOST_CHANGES",
    "Alone",
    "AppealStage",
    "AppealState",
    "Change",
    "ChangeLine",
    "ChangeSetState",
    "ChangesOutcome",
    "Counted",
    "EraseSubject",
    "ImpossibleChange",
    "Marks",
    "NewerChange",
    "PutPolicy",
    "PutSubject",
    "PutTemplates",
    "RevokeSubject",
    "SetIsolation",
    "SetStatus",
    "WaitingGround",
    "after",
    "decoded",
    "done_alone",
    "encoded",
    "grounds",
    "kind_of",
    "lines_of",
    "marks_of",
    "numbers_in",
    "outcome",
    "policy_lines",
    "reference_in",
    "reference_of",
    "seen_mark",
    "subject_of",
    "summary_of",
    "without_lines",
]
