"""An enrolment at a gate as values: six rows of a picture, the session step by step, the signed paper, and
the request that comes of it. PURE.
"""

from edge.enrolling.paper import (
    OF_AGE,
    Guardian,
    Paper,
    Strokes,
    age_on,
    is_signed,
    strokes_of,
)
from edge.enrolling.request import (
    ANSWER_SUFFIX,
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
)
from edge.enrolling.rows import (
    lack_of,
)
from edge.enrolling.session import (
    LONGEST,
    UNDONE_WITHIN,
    Alike,
    Limits,
    Person,
    Session,
    Step,
    chosen,
    is_over,
    looked,
    retaken,
    signed,
)

__all__ = [
    "ANSWER_SUFFIX",
    "LONGEST",
    "MOST_PAPER_BYTES",
    "MOST_REQUESTS",
    "MOST_REQUEST_BYTES",
    "OF_AGE",
    "REQUEST_SUFFIX",
    "UNDONE_WITHIN",
    "Alike",
    "Choice",
    "EnrolmentAnswer",
    "EnrolmentRequest",
    "Guardian",
    "Limits",
    "Paper",
    "Person",
    "RequestKind",
    "RequestState",
    "Session",
    "Step",
    "Strokes",
    "age_on",
    "bare",
    "chosen",
    "is_over",
    "is_signed",
    "lack_of",
    "looked",
    "read_request",
    "retaken",
    "signed",
    "strokes_of",
]
