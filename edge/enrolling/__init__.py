"""An enrolment at a gate as values: the request that comes of it, and its answer. PURE."""

from edge.enrolling.request import (
    ANSWER_SUFFIX,
    MOST_REQUEST_BYTES,
    MOST_REQUESTS,
    REQUEST_SUFFIX,
    Choice,
    EnrolmentAnswer,
    EnrolmentRequest,
    RequestKind,
    RequestState,
    read_request,
)

__all__ = [
    "ANSWER_SUFFIX",
    "MOST_REQUESTS",
    "MOST_REQUEST_BYTES",
    "REQUEST_SUFFIX",
    "Choice",
    "EnrolmentAnswer",
    "EnrolmentRequest",
    "RequestKind",
    "RequestState",
    "read_request",
]
