"""The vision worker's reports, as values: the only thing that crosses from the child to the gate. PURE."""

from edge.vision.reports.sighting import (
    MAX_CODE_CHARACTERS,
    Box,
    CameraReport,
    CameraState,
    CannotStart,
    CodeSighting,
    Confinement,
    FaceSighting,
    Heartbeat,
    InputRefused,
    Report,
    ReportRefused,
    Sighting,
    WorkerFailed,
    WorkerReport,
    prominence,
)

__all__ = [
    "MAX_CODE_CHARACTERS",
    "Box",
    "CameraReport",
    "CameraState",
    "CannotStart",
    "CodeSighting",
    "Confinement",
    "FaceSighting",
    "Heartbeat",
    "InputRefused",
    "Report",
    "ReportRefused",
    "Sighting",
    "WorkerFailed",
    "WorkerReport",
    "prominence",
]
