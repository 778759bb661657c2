"""What a message is and how large it may be, and when one is tried again. PURE."""

from sync.central.delivery.core.messages import (
    LONGEST_SUBJECT,
    MOST_ATTACHED,
    Attachment,
    DeliveryOutcome,
    OutgoingMessage,
    Recipient,
    Way,
    fault_of,
    fault_of_address,
    without_secrets,
)
from sync.central.delivery.core.waits import USUAL, Waits, next_try

__all__ = [
    "LONGEST_SUBJECT",
    "MOST_ATTACHED",
    "USUAL",
    "Attachment",
    "DeliveryOutcome",
    "OutgoingMessage",
    "Recipient",
    "Waits",
    "Way",
    "fault_of",
    "fault_of_address",
    "next_try",
    "without_secrets",
]
