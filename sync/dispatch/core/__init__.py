"""A fair share for each device, and batch work that one bad item cannot stop. PURE."""

from sync.dispatch.core.isolation import in_batch_or_each
from sync.dispatch.core.shares import (
    ANSWERS_A_SECOND,
    ANSWERS_AT_ONCE,
    BURST,
    MOST_A_SECOND,
    MOST_IN_A_POLL,
    Allowance,
    FairQueue,
    round_robin,
)

__all__ = [
    "ANSWERS_AT_ONCE",
    "ANSWERS_A_SECOND",
    "BURST",
    "MOST_A_SECOND",
    "MOST_IN_A_POLL",
    "Allowance",
    "FairQueue",
    "in_batch_or_each",
    "round_robin",
]
