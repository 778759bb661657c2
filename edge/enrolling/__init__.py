"""An enrolment at a gate as values: six rows of a picture, the session step by step, the signed paper,
and what seals it. PURE.
"""

from edge.enrolling.paper import (
    OF_AGE,
    ConsentPaper,
    Guardian,
    Strokes,
    age_on,
    is_signed,
    strokes_of,
)
from edge.enrolling.rows import (
    lack_of,
)
from edge.enrolling.sealing import open_paper, paper_sealed_anew, seal_paper, sealed_templates
from edge.enrolling.session import (
    LONGEST,
    UNDONE_WITHIN,
    Alike,
    AlikeLimits,
    EnrolmentSession,
    EnrolmentStep,
    Person,
    chosen,
    is_over,
    looked,
    retaken,
    signed,
    taken_now,
)

__all__ = [
    "LONGEST",
    "OF_AGE",
    "UNDONE_WITHIN",
    "Alike",
    "AlikeLimits",
    "ConsentPaper",
    "EnrolmentSession",
    "EnrolmentStep",
    "Guardian",
    "Person",
    "Strokes",
    "age_on",
    "chosen",
    "is_over",
    "is_signed",
    "lack_of",
    "looked",
    "open_paper",
    "paper_sealed_anew",
    "retaken",
    "seal_paper",
    "sealed_templates",
    "signed",
    "strokes_of",
    "taken_now",
]
