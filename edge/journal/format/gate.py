"""What the gate's process says of itself."""

from __future__ import annotations

from enum import StrEnum
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


class UpdateEnd(StrEnum):
    """How an update of the software ended."""

    INSTALLED = "installed"  # the new version works, and stays
    REFUSED = "refused"  # it was not put in force
    WENT_BACK = "went_back"  # it was in force, did not work, and was taken back


class SoftwareUpdateEnded(Event, frozen=True):
    """The updater of this computer put `version` in force in the place of `before`, refused it, or went back
    from it (`how`); `why` says what was wrong. `number` counts the updates that ended here: one that is told
    twice, since the power was cut, has the same.
    """

    kind: ClassVar = EventKind.SOFTWARE_UPDATE_ENDED
    number: int
    version: str
    before: str
    how: UpdateEnd
    why: str = ""
