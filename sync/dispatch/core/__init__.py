"""Each device its share, and work on what many sent that one of them cannot stop. PURE."""

from sync.dispatch.core.isolation import in_batch_or_each
from sync.dispatch.core.shares import Allowance, FairQueue, round_robin

__all__ = [
    "Allowance",
    "FairQueue",
    "in_batch_or_each",
    "round_robin",
]
