"""The protocol of one link, its timeouts, the pauses between links, and the causes of its end. PURE."""

from sync.transport.core.causes import (
    Cause,
    Named,
    cause_of_certificate,
    cause_of_tls,
    named,
    named_code,
)
from sync.transport.core.link import Ended, Ending, InboundMessage, Link, LinkState, LinkTimeouts, Rejected
from sync.transport.core.pacing import LONGEST_AFTER_TAKEOVER, Pauses, pause_before

__all__ = [
    "LONGEST_AFTER_TAKEOVER",
    "Cause",
    "Ended",
    "Ending",
    "InboundMessage",
    "Link",
    "LinkState",
    "LinkTimeouts",
    "Named",
    "Pauses",
    "Rejected",
    "cause_of_certificate",
    "cause_of_tls",
    "named",
    "named_code",
    "pause_before",
]
