"""Each device its share, and work on what many sent that one of them cannot stop. PURE."""

from sync.dispatch.core.isolation import in_one_or_apart
from sync.dispatch.core.shares import Allowance, Waiting, one_of_each

__all__ = [
    "Allowance",
    "Waiting",
    "in_one_or_apart",
    "one_of_each",
]
