"""The vision worker's reports, as values: the only thing that crosses from the child to the gate. PURE."""

from edge.vision.reports.enrolment import MOST_PROBLEMS, EnrolmentLook
from edge.vision.reports.preview import (
    MOST_JPEG_BYTES,
    MOST_PREVIEW_SIDE,
    MOST_PREVIEWS_A_SECOND,
    WISH_LASTS,
    Blur,
    FaceMeter,
    PreviewFrame,
)
from edge.vision.reports.sighting import (
    AS_PROMINENT,
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
    ReportRefused,
    Sighting,
    WorkerFailed,
    foremost,
    prominence,
)

WorkerReport = (
    Sighting
    | CameraReport
    | InputRefused
    | Heartbeat
    | CannotStart
    | Confinement
    | PreviewFrame
    | EnrolmentLook
)
"""What the child may send; each is checked where it comes in (edge.vision.checks)."""

Report = WorkerReport | ReportRefused | WorkerFailed

__all__ = [
    "AS_PROMINENT",
    "MAX_CODE_CHARACTERS",
    "MOST_JPEG_BYTES",
    "MOST_PREVIEWS_A_SECOND",
    "MOST_PREVIEW_SIDE",
    "MOST_PROBLEMS",
    "WISH_LASTS",
    "Blur",
    "Box",
    "CameraReport",
    "CameraState",
    "CannotStart",
    "CodeSighting",
    "Confinement",
    "EnrolmentLook",
    "FaceMeter",
    "FaceSighting",
    "Heartbeat",
    "InputRefused",
    "PreviewFrame",
    "Report",
    "ReportRefused",
    "Sighting",
    "WorkerFailed",
    "WorkerReport",
    "foremost",
    "prominence",
]
