"""Scripts of timed inputs for a lane, the table of what the lane does in every phase at every input, the
passages that films come to, and what may be shown of logs and settings. PURE.
"""

from edge.diagnostics.core.film_report import (
    Decided,
    FilmReport,
    FilmTimes,
    ShownPrompt,
    UndecidedPerson,
    summed,
)
from edge.diagnostics.core.lane_responses import KINDS, table
from edge.diagnostics.core.lane_script import (
    MOST_BYTES,
    GiveSignal,
    Restart,
    Script,
    ScriptEnd,
    ScriptStep,
    StepClock,
    Touch,
    parse,
)
from edge.diagnostics.core.liveness_by_group import LivenessByGroup, is_too_small
from edge.diagnostics.core.liveness_passage import (
    ANEW_AFTER,
    FilmPassages,
    JudgedBy,
    Passage,
    PassageOutcome,
)
from edge.diagnostics.core.liveness_tally import SpeciesTally
from edge.diagnostics.core.redaction import (
    known_words,
    plain_fields,
    plain_settings,
    struck_out,
    without_names,
)
from edge.diagnostics.core.species import LIVE, person_of, species_of

__all__ = [
    "ANEW_AFTER",
    "KINDS",
    "LIVE",
    "MOST_BYTES",
    "Decided",
    "FilmPassages",
    "FilmReport",
    "FilmTimes",
    "GiveSignal",
    "JudgedBy",
    "LivenessByGroup",
    "Passage",
    "PassageOutcome",
    "Restart",
    "Script",
    "ScriptEnd",
    "ScriptStep",
    "ShownPrompt",
    "SpeciesTally",
    "StepClock",
    "Touch",
    "UndecidedPerson",
    "is_too_small",
    "known_words",
    "parse",
    "person_of",
    "plain_fields",
    "plain_settings",
    "species_of",
    "struck_out",
    "summed",
    "table",
    "without_names",
]
