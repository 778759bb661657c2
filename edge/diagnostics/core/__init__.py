"""Scripts of timed inputs for a lane, the table of what the lane does in every phase at every input, and the
passages that films come to. PURE.
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
    "parse",
    "person_of",
    "species_of",
    "summed",
    "table",
]
