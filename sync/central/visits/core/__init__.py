"""What a visit is and how far it has come, by what was said, what gates wrote and the time. PURE."""

from sync.central.visits.core.attendance import BroughtWorker, DayCount, SeenAtEntry, day_counts
from sync.central.visits.core.codes import NumberVerdict, uses_each_way, verdict_of
from sync.central.visits.core.life import (
    Happened,
    VisitEvent,
    VisitLife,
    VisitState,
    life_of,
    may_be_cancelled,
    may_be_said_left,
)
from sync.central.visits.core.limits import (
    LONGEST_INVITATION,
    LONGEST_VISIT,
    MOST_VISITS,
    WantedVisit,
    fault_of_host,
    fault_of_visit,
    normal_visitor,
)
from sync.central.visits.core.workers import (
    DAYS,
    Terms,
    WorkerFault,
    WorkShift,
    group_of,
    id_of,
    missing_rules,
    worker_of,
)

__all__ = [
    "DAYS",
    "LONGEST_INVITATION",
    "LONGEST_VISIT",
    "MOST_VISITS",
    "BroughtWorker",
    "DayCount",
    "Happened",
    "NumberVerdict",
    "SeenAtEntry",
    "Terms",
    "VisitEvent",
    "VisitLife",
    "VisitState",
    "WantedVisit",
    "WorkShift",
    "WorkerFault",
    "day_counts",
    "fault_of_host",
    "fault_of_visit",
    "group_of",
    "id_of",
    "life_of",
    "may_be_cancelled",
    "may_be_said_left",
    "missing_rules",
    "normal_visitor",
    "uses_each_way",
    "verdict_of",
    "worker_of",
]
