"""Judges the state of a gate by all that the centre knows of it, and how fast one that was away catches up.
PURE.
"""

from sync.central.devices.core.backlogs import (
    MANY,
    Backlog,
    CatchingUp,
    backlog_in,
    catching_up,
    in_words,
    noted,
)
from sync.central.devices.core.gate_states import (
    PROBE_AGES_AFTER,
    SILENT_AFTER,
    SILENT_WHYS,
    GateState,
    GateStateKind,
    KnownGate,
    Probe,
    StateReason,
    StateWhy,
    gate_state,
    is_silent,
)

__all__ = [
    "MANY",
    "PROBE_AGES_AFTER",
    "SILENT_AFTER",
    "SILENT_WHYS",
    "Backlog",
    "CatchingUp",
    "GateState",
    "GateStateKind",
    "KnownGate",
    "Probe",
    "StateReason",
    "StateWhy",
    "backlog_in",
    "catching_up",
    "gate_state",
    "in_words",
    "is_silent",
    "noted",
]
