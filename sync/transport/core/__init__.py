"""The protocol of one link, its timeouts, and the pauses between links. PURE."""

from sync.transport.core.link import Ended, Ending, InboundMessage, Link, LinkState, LinkTimeouts, Rejected
from sync.transport.core.pacing import LONGEST_AFTER_TAKEOVER, Pauses, pause_before

__all__ = [
    "LONGEST_AFTER_TAKEOVER",
    "Ended",
    "Ending",
    "InboundMessage",
    "Link",
    "LinkState",
    "LinkTimeouts",
    "Pauses",
    "Rejected",
    "pause_before",
]
