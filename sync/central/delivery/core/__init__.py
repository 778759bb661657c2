"""What a message is and how large it may be, when one is tried again, and when a way fails. PURE."""

from sync.central.delivery.core.failing import FailureRow
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
    "FailureRow",
    "OutgoingMessage",
    "Recipient",
    "Waits",
    "Way",
    "fault_of",
    "fault_of_address",
    "next_try",
    "without_secrets",
]
