"""What a gate asks of those who keep the registry, and what becomes of it. PURE."""

from edge.registry_requests.request import (
    ANSWER_SUFFIX,
    MOST_FILES,
    MOST_PAPER_BYTES,
    MOST_REQUEST_BYTES,
    MOST_REQUESTS,
    REQUEST_SUFFIX,
    Choice,
    EnrolmentAnswer,
    EnrolmentRequest,
    RequestKind,
    RequestState,
    bare,
    read_request,
    receipt_of,
)

__all__ = [
    "ANSWER_SUFFIX",
    "MOST_FILES",
    "MOST_PAPER_BYTES",
    "MOST_REQUESTS",
    "MOST_REQUEST_BYTES",
    "REQUEST_SUFFIX",
    "Choice",
    "EnrolmentAnswer",
    "EnrolmentRequest",
    "RequestKind",
    "RequestState",
    "bare",
    "read_request",
    "receipt_of",
]
