"""Who is on duty, who is sent next, how far a task has come, and when something is to happen about it.
PURE.
"""

from sync.central.dispatch.core.assignments import (
    LONGEST_NOTE,
    Assignment,
    fault_of_assignment,
    needs_person,
    outcomes_of,
)
from sync.central.dispatch.core.choosing import AskedWorker, Candidate, distance, ranked
from sync.central.dispatch.core.clocks import Bounds, Dial, TaskDue, Times, dial_of, due_now
from sync.central.dispatch.core.life import (
    TAKEN,
    OfferEnd,
    OfferProgress,
    TaskState,
    Told,
    WorkerAct,
    act_time,
    progress_of,
)
from sync.central.dispatch.core.roster import (
    DayChange,
    DutyShift,
    DutySpan,
    Roster,
    duty_at,
    duty_spans,
    holes,
)

__all__ = [
    "LONGEST_NOTE",
    "TAKEN",
    "AskedWorker",
    "Assignment",
    "Bounds",
    "Candidate",
    "DayChange",
    "Dial",
    "DutyShift",
    "DutySpan",
    "OfferEnd",
    "OfferProgress",
    "Roster",
    "TaskDue",
    "TaskState",
    "Times",
    "Told",
    "WorkerAct",
    "act_time",
    "dial_of",
    "distance",
    "due_now",
    "duty_at",
    "duty_spans",
    "fault_of_assignment",
    "holes",
    "needs_person",
    "outcomes_of",
    "progress_of",
    "ranked",
]
