"""How camera, vision worker and thermometer do.

Of each kind (and state of the camera) one event a minute at most: `times` says how often it happened since.
"""

from __future__ import annotations

from typing import ClassVar

from edge.journal.format.kinds import Event, EventKind


class CameraStateEvent(Event, frozen=True):
    """The camera's `state` changed; `times` where it did so often since it was last told."""

    kind: ClassVar = EventKind.CAMERA_STATE
    state: str
    detail: str
    times: int = 1


class VisionFailed(Event, frozen=True):
    """The vision worker ended or hung, and is started again: for the `restarts`th time in a row."""

    kind: ClassVar = EventKind.VISION_FAILED
    reason: str
    restarts: int
    times: int = 1


class VisionReportRefused(Event, frozen=True):
    """The vision worker wrote what cannot be, and it was not believed."""

    kind: ClassVar = EventKind.VISION_REPORT_REFUSED
    reason: str
    times: int = 1


class VisionNotConfined(Event, frozen=True):
    """What this kernel does not keep the vision worker from (`missing`)."""

    kind: ClassVar = EventKind.VISION_NOT_CONFINED
    missing: tuple[str, ...]
    times: int = 1


class ThermometerStateEvent(Event, frozen=True):
    """The thermometer's `state` changed."""

    kind: ClassVar = EventKind.THERMOMETER_STATE
    state: str
    detail: str
