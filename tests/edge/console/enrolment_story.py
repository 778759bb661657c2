"""How an enrolment comes to what its pictures show, by what a worker would say of somebody."""

from __future__ import annotations

import httpx

from edge.consent import WORDING
from edge.devices.clock import TimeSource
from edge.enrolling.rows import yaw_of
from edge.liveness import HeadPose
from edge.vision.reports import EnrolmentLook
from tests.edge.console.staffed_gate import ENGINE, MANAGER, StaffedGate, face_of
from tests.waiting import pause, soon

_SIGNED = (
    "[[[90,330],[150,190],[220,140],[260,210],[200,330],[300,240],[400,150],[380,330],[520,160],[700,260]]]"
)
_ALIKE, _NEW = 1, 30
"""The face of somebody who is in the registry, and one that nobody there has."""


def consents(gate: StaffedGate) -> None:
    """Liu Fang is asked for her consent."""
    client = gate.client(MANAGER)
    client.post("/enrol/end")
    assert client.post("/enrol/begin", data={"subject": "liu"}).status_code == 303


def turns(gate: StaffedGate) -> None:
    """She has signed, was photographed once, and turns to her left."""
    client = _signed(gate)
    _looks(gate, client, _NEW, 0.0)
    _looks(gate, client, _NEW, 8.0)


def looks_like_another(gate: StaffedGate) -> None:
    """All pictures are taken, and somebody in the registry looks alike."""
    client = _signed(gate)
    for angle in (0.0, 16.0, -16.0):
        _looks(gate, client, _ALIKE, angle)


def is_enrolled(gate: StaffedGate) -> None:
    """The request is made."""
    client = _signed(gate)
    for angle in (0.0, 16.0, -16.0, 0.0):
        _looks(gate, client, _NEW, angle)
    assert client.post("/enrol/finish").status_code == 303


def _signed(gate: StaffedGate) -> httpx.Client:
    consents(gate)
    client = gate.client(MANAGER)
    paper = {"wording": WORDING, "language": "en", "strokes": _SIGNED}
    assert client.post("/enrol/consent", data=paper).status_code == 303
    return client


def _looks(gate: StaffedGate, client: httpx.Client, face: int, angle: float) -> None:
    """One look at somebody, and the gate has taken it up."""
    pose = HeadPose(yaw_of(angle))
    template = face_of(face).tobytes()
    look = EnrolmentLook(TimeSource().monotonic(), 1, 182.0, pose, engine=ENGINE, template=template)
    gate.camera.report(look)
    soon(lambda: look in gate.heard, "the look is there")
    client.get("/enrol/run")
    pause(0.6)  # two pictures are of two moments
