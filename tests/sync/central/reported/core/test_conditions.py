"""What begins to hold at a gate with an event, and what ends: by table."""

from __future__ import annotations

import pytest

from edge.journal.format import (
    CameraStateEvent,
    Event,
    GateFaultReported,
    GateFaultSettled,
    GateStopped,
    LaneClosed,
    LaneDuress,
    LaneFault,
    LaneFire,
    LaneFireEnded,
    LaneForced,
    LaneHeldTooLong,
    LaneReset,
    LaneSensorCleared,
    LaneSensorFault,
    RegistryExpired,
    RegistryInstalled,
    StaffActTaken,
    StaffDuress,
    ThermometerStateEvent,
    VisionFailed,
)
from sync.central.devices.core.gate_states import StateWhy
from sync.central.reported.core import conditions
from sync.central.reported.core.conditions import ConditionChange, changes_of


def begins(what: str, item: str = "", detail: str = "") -> ConditionChange:
    return ConditionChange(what, holds=True, item=item, detail=detail)


def ends(what: str, item: str = "", detail: str = "") -> ConditionChange:
    return ConditionChange(what, holds=False, item=item, detail=detail)


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (LaneForced(), {begins("forced")}),
        (LaneFire(), {begins("fire")}),
        (LaneDuress(""), {begins("duress")}),
        (StaffDuress("wang", "sign_in"), {begins("duress")}),
        (StaffActTaken("let_in", "wang", "papers_seen"), set()),
        (StaffActTaken("let_in", "wang", "papers_seen", over=True), {begins("staff_often", detail="wang")}),
        (LaneFireEnded(), {ends("fire")}),
        (LaneHeldTooLong("beam"), {begins("held_too_long")}),
        (LaneClosed(), {ends("held_too_long")}),
        (LaneFault("motor"), {begins("barrier", detail="motor")}),
        (LaneSensorFault("beam", "dark"), {begins("sensor", "beam", "beam: dark")}),
        (LaneSensorCleared("beam"), {ends("sensor", "beam")}),
        (CameraStateEvent("blind", ""), {begins("camera", detail="blind")}),
        (CameraStateEvent("opening", ""), set()),
        (CameraStateEvent("streaming", ""), {ends("camera")}),
        (VisionFailed("hung", 3), {begins("camera", detail="hung")}),
        (ThermometerStateEvent("silent", ""), {begins("thermometer", detail="silent")}),
        (ThermometerStateEvent("working", ""), {ends("thermometer", detail="working")}),
        (RegistryExpired(3, ""), {begins("registry_expired")}),
        (RegistryInstalled(4, ()), {ends("registry_expired")}),
        (GateFaultReported("wang", "camera", "dirty"), {begins("staff_fault", "7", "camera")}),
        (GateFaultSettled("wang", 3), {ends("staff_fault", "3")}),
        (GateStopped(), set()),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Event) else "",
)
def test_what_an_event_changes(event: Event, changes: set[ConditionChange]) -> None:
    assert set(changes_of(event, 7)) == changes


@pytest.mark.parametrize(
    ("ended", "gone"),
    [
        ("nothing", set()),
        ("break_in", {"forced"}),
        ("break_in fault", {"forced", "barrier"}),
        ("fire", {"fire"}),
    ],
)
def test_a_reset_ends_what_it_says_and_what_has_no_end_of_its_own(ended: str, gone: set[str]) -> None:
    seen = {"intrusion", "duress", "wrong_attempts", "override_abuse", "staff_often"}
    assert {change.what for change in changes_of(LaneReset("Wang", "looked", ended))} == gone | seen


def test_every_condition_is_a_reason_of_a_gates_state() -> None:
    named = {*conditions._BEGINS.values(), *(what for many in conditions._ENDS.values() for what in many)}
    assert named <= {why.value for why in StateWhy}
    assert {"barrier", "sensor", "camera", "thermometer"} <= {why.value for why in StateWhy}
