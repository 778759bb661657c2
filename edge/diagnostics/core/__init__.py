"""Scripts of timed inputs for a lane, and the table of what the lane does in every phase at every input.
PURE.
"""

from edge.diagnostics.core.lane_responses import KINDS, table
from edge.diagnostics.core.lane_script import (
    MOST_BYTES,
    End,
    GiveSignal,
    Restart,
    Script,
    ScriptStep,
    StepClock,
    Touch,
    parse,
)

__all__ = [
    "KINDS",
    "MOST_BYTES",
    "End",
    "GiveSignal",
    "Restart",
    "Script",
    "ScriptStep",
    "StepClock",
    "Touch",
    "parse",
    "table",
]
