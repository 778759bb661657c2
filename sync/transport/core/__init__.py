from sync.transport.core.link import Arrived, Ended, Ending, Limits, Link, LinkState, Rejected
from sync.transport.core.pacing import LONGEST_AFTER_TAKEOVER, Bucket, Pauses

__all__ = [
    "LONGEST_AFTER_TAKEOVER",
    "Arrived",
    "Bucket",
    "Ended",
    "Ending",
    "Limits",
    "Link",
    "LinkState",
    "Pauses",
    "Rejected",
]
