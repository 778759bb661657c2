"""A setup as values: what was found, what is asked and offered, what was answered, and the gate.toml that
results. PURE.
"""

from edge.setup.core.answers import Answers, Trials
from edge.setup.core.boards import misfit
from edge.setup.core.comments import lost_comments
from edge.setup.core.document import (
    answers_document,
    changed_document,
    changes,
    connected_document,
    new_document,
)
from edge.setup.core.draft import Draft, draft_of, summary
from edge.setup.core.found import (
    BoardKnown,
    CameraFound,
    ChipFound,
    DeviceKind,
    Found,
    GateOffered,
    I2cFound,
    ReaderFound,
    SiteFound,
)
from edge.setup.core.places import IN_FOLDER, ON_SYSTEM, Places
from edge.setup.core.questions import (
    KEEP,
    NONE,
    OTHER,
    OfferedAnswer,
    Question,
    board_question,
    camera_question,
    console_question,
    direction_question,
    gate_question,
    language_question,
    scanner_kind_question,
    scanner_question,
    site_question,
    thermometer_question,
    voice_question,
)
from edge.setup.core.steps import ABOUT, SetupStep
from edge.setup.core.trials import MOVES_BARRIER, Trial, TrialKind, TrialOutcome, inputs_trial, output_trials

__all__ = [
    "ABOUT",
    "IN_FOLDER",
    "KEEP",
    "MOVES_BARRIER",
    "NONE",
    "ON_SYSTEM",
    "OTHER",
    "Answers",
    "BoardKnown",
    "CameraFound",
    "ChipFound",
    "DeviceKind",
    "Draft",
    "Found",
    "GateOffered",
    "I2cFound",
    "OfferedAnswer",
    "Places",
    "Question",
    "ReaderFound",
    "SetupStep",
    "SiteFound",
    "Trial",
    "TrialKind",
    "TrialOutcome",
    "Trials",
    "answers_document",
    "board_question",
    "camera_question",
    "changed_document",
    "changes",
    "connected_document",
    "console_question",
    "direction_question",
    "draft_of",
    "gate_question",
    "inputs_trial",
    "language_question",
    "lost_comments",
    "misfit",
    "new_document",
    "output_trials",
    "scanner_kind_question",
    "scanner_question",
    "site_question",
    "summary",
    "thermometer_question",
    "voice_question",
]
