"""What an event of a gate says of its condition. PURE.

A condition has the code of the reason for which a gate does not simply work
(`sync.central.devices.core.gate_states.Why`), and an item where there can be several at once (a sensor).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge.journal.format import (
    CameraStateEvent,
    ClockConfirmed,
    ClockDisagrees,
    ClockUnsure,
    Event,
    GateFaultReported,
    GateFaultSettled,
    LaneClosed,
    LaneDuress,
    LaneFault,
    LaneFire,
    LaneFireEnded,
    LaneForced,
    LaneHeldTooLong,
    LaneIntrusion,
    LaneLocked,
    LaneOverrideAbuse,
    LanePowerLost,
    LanePowerRestored,
    LaneReset,
    LaneSensorCleared,
    LaneSensorFault,
    LaneTamper,
    LaneTamperEnded,
    LaneUnlocked,
    LaneWrongAttempts,
    RegistryExpired,
    RegistryInstalled,
    StaffActTaken,
    StaffDuress,
    ThermometerStateEvent,
    VisionFailed,
)


@dataclass(frozen=True)
class ConditionChange:
    """A condition that begins to hold (`holds`), or ends; `detail` says what it is about."""

    what: str
    holds: bool
    item: str = ""
    detail: str = ""


_CAMERA_DOWN = frozenset({"stalled", "gone", "blind"})
_SEEN_BY_RESET = ("intrusion", "duress", "wrong_attempts", "override_abuse", "staff_often")
"""What has no end of its own: somebody who resets the lane has seen it."""
_ENDED_BY_RESET = {"break_in": "forced", "fault": "barrier", "fire": "fire"}
_BEGINS: dict[type[Event], str] = {
    LaneForced: "forced",
    LaneFire: "fire",
    LaneDuress: "duress",
    StaffDuress: "duress",
    LaneIntrusion: "intrusion",
    LaneTamper: "tamper",
    LaneWrongAttempts: "wrong_attempts",
    LaneOverrideAbuse: "override_abuse",
    LaneHeldTooLong: "held_too_long",
    LanePowerLost: "power",
    LaneLocked: "locked",
    ClockDisagrees: "clock",
    ClockUnsure: "clock",
    RegistryExpired: "registry_expired",
}
_ENDS: dict[type[Event], tuple[str, ...]] = {
    LaneReset: _SEEN_BY_RESET,
    LaneFireEnded: ("fire",),
    LaneTamperEnded: ("tamper",),
    LaneClosed: ("held_too_long",),
    LanePowerRestored: ("power",),
    LaneUnlocked: ("locked",),
    ClockConfirmed: ("clock",),
    RegistryInstalled: ("registry_expired",),
}


def changes_of(event: Event, sequence: int = 0) -> Iterator[ConditionChange]:
    """What begins to hold at the gate with `event`, which has this sequence, and what ends."""
    begins = _BEGINS.get(type(event))
    if begins is not None:
        yield ConditionChange(begins, holds=True)
    yield from (ConditionChange(what, holds=False) for what in _ENDS.get(type(event), ()))
    match event:
        case LaneReset(ended=ended):
            gone = (what for word, what in _ENDED_BY_RESET.items() if word in ended.split())
            yield from (ConditionChange(what, holds=False) for what in gone)
        case StaffActTaken(over=True, staff=staff):
            yield ConditionChange("staff_often", holds=True, detail=staff)
        case LaneFault(what=what):
            yield ConditionChange("barrier", holds=True, detail=what)
        case CameraStateEvent(state=state) if state in _CAMERA_DOWN:
            yield ConditionChange("camera", holds=True, detail=state)
        case CameraStateEvent(state="streaming"):
            yield ConditionChange("camera", holds=False)
        case VisionFailed(reason=reason):
            yield ConditionChange("camera", holds=True, detail=reason)
        case ThermometerStateEvent(state=state):
            yield ConditionChange("thermometer", holds=state != "working", detail=state)
        case _:
            yield from _of_items(event, sequence)


def _of_items(event: Event, sequence: int) -> Iterator[ConditionChange]:
    """The same of what there can be several of: sensors, and faults that staff report."""
    match event:
        case LaneSensorFault(sensor=sensor, why=why):
            yield ConditionChange("sensor", holds=True, item=sensor, detail=f"{sensor}: {why}")
        case LaneSensorCleared(sensor=sensor):
            yield ConditionChange("sensor", holds=False, item=sensor)
        case GateFaultReported(what=what):
            yield ConditionChange("staff_fault", holds=True, item=str(sequence), detail=what)
        case GateFaultSettled(fault=fault):
            yield ConditionChange("staff_fault", holds=False, item=str(fault))
        case _:
            pass
