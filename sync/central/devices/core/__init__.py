"""Judges the state of a gate by all that the centre knows of it. PURE."""

from sync.central.devices.core.gate_states import (
    SILENT_AFTER,
    SILENT_WHYS,
    GateState,
    GateStateKind,
    KnownGate,
    Probe,
    StateReason,
    StateWhy,
    gate_state,
)

__all__ = [
    "SILENT_AFTER",
    "SILENT_WHYS",
    "GateState",
    "GateStateKind",
    "KnownGate",
    "Probe",
    "StateReason",
    "StateWhy",
    "gate_state",
]
