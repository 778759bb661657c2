"""A fair share for each device, and batch work that one bad item cannot stop. PURE."""

from sync.dispatch.core.isolation import in_batch_or_each
from sync.dispatch.core.shares import Allowance, FairQueue, round_robin

__all__ = [
    "Allowance",
    "FairQueue",
    "in_batch_or_each",
    "round_robin",
]
