"""What one link is, how long it may take, and how long to wait before the next. PURE."""

from sync.transport.core.link import Arrived, Ended, Ending, Limits, Link, LinkState, Rejected
from sync.transport.core.pacing import LONGEST_AFTER_TAKEOVER, Pauses, pause_before

__all__ = [
    "LONGEST_AFTER_TAKEOVER",
    "Arrived",
    "Ended",
    "Ending",
    "Limits",
    "Link",
    "LinkState",
    "Pauses",
    "Rejected",
    "pause_before",
]
