"""What the gate's process says of itself."""

from __future__ import annotations

from typing import ClassVar

from edge.journal.format.kinds import Event, EventKind


class GateStarted(Event, frozen=True):
    """The gate's process started: its `version`, the SHA-256 (hex) of its `configuration`, the version of
    the `registry` in force (null: none).
    """

    kind: ClassVar = EventKind.GATE_STARTED
    version: str
    configuration: str
    registry: int | None


class GateStopped(Event, frozen=True):
    """The gate's process ended in order."""

    kind: ClassVar = EventKind.GATE_STOPPED
