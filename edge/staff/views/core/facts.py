"""Since when each fact of a gate holds, and whether it is as it should be; times are monotonic seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar

from edge.commands.core import EntryHold
from edge.counting.core import SiteFigures
from edge.decision import CentralTime, Crowding, Policy, WallTime
from edge.lane.machine import LaneState, Phase
from edge.staff.protocol.now import (
    ClockFact,
    DeviceFact,
    Facts,
    HeldFact,
    InsideFact,
    LaneFact,
    LinkFact,
    RegistryFact,
)
from edge.vision.reports import CameraState

T = TypeVar("T")

BROKEN_PHASES = frozenset(
    {Phase.HELD_TOO_LONG, Phase.FORCED, Phase.OBSTRUCTED, Phase.HALTED, Phase.FAULT, Phase.FIRE}
)
BLIND_STATES = frozenset(
    {CameraState.STALLED.value, CameraState.GONE.value, CameraState.BLIND.value, "failed"}
)
NO_CAMERA = "none"
WORKING = "working"


@dataclass(frozen=True)
class Since(Generic[T]):
    """A value, and since when it is that."""

    value: T
    since: float

    def noted(self, value: T, now: float) -> Since[T]:
        return self if value == self.value else Since(value, now)


@dataclass(frozen=True)
class RegistryHeld:
    """The registry in force: its version, when it was issued, when it ends, and its policy."""

    version: int
    issued: datetime
    expires: datetime
    policy: Policy


@dataclass(frozen=True)
class CentreLink:
    """What is known of the way to the centre: is there one, how many events wait, and since when the oldest
    of them does (monotonic; None: none waits).
    """

    centre: bool = False
    waiting: int = 0
    waits_since: float | None = None


LATE_AFTER = 90.0
"""Seconds for which an event may wait for the centre's acknowledgement before the link counts as down."""


@dataclass(frozen=True)
class Device:
    """The state of a camera, a thermometer or a scanner, with what it says of itself."""

    state: str
    detail: str = ""


@dataclass(frozen=True)
class GateReadings:
    """What a gate is asked for at one moment."""

    now: float
    wall: WallTime
    lane: LaneState
    figures: SiteFigures
    crowding: Crowding
    registry: RegistryHeld | None
    central: CentralTime | None
    hold: EntryHold | None
    link: CentreLink
    thermometer: Device | None = None


@dataclass(frozen=True)
class FactWatch:
    """Since when each fact holds, by name; `began` is when the gate did."""

    began: float
    camera: Since[Device]
    scanners: Mapping[str, Since[Device]] = field(default_factory=dict)
    known: Mapping[str, Since[object]] = field(default_factory=dict)

    def device(self, state: Device, now: float) -> FactWatch:
        """The camera says how it does."""
        same = self.camera.value.state == state.state
        since = Since(state, self.camera.since if same else now)
        return replace(self, camera=since)

    def scanner(self, name: str, state: Device, now: float) -> FactWatch:
        """A scanner or a keypad says how it does."""
        before = self.scanners.get(name)
        same = before is not None and before.value.state == state.state
        since = Since(state, before.since if same and before is not None else now)
        return replace(self, scanners={**self.scanners, name: since})

    def looked(self, readings: GateReadings) -> FactWatch:
        """After a look at the gate."""
        facts: dict[str, object] = {
            "inside": (readings.figures.inside, readings.figures.counted),
            "registry": None if readings.registry is None else readings.registry.version,
            "clock": readings.wall.trust,
            "held": None if readings.hold is None else readings.hold.until,
            "link": is_down(readings.link, readings.now),
            "thermometer": None if readings.thermometer is None else readings.thermometer.state,
        }
        known = {
            name: self.known[name].noted(value, readings.now)
            if name in self.known
            else Since(value, self.began)
            for name, value in facts.items()
        }
        return replace(self, known=known)

    def facts(self, readings: GateReadings) -> Facts:
        """The facts as `readings` has them, which `looked` has seen."""
        now = readings.now
        off = None if readings.central is None else readings.central.off(readings.wall.at, now)
        return Facts(
            lane=lane_fact(readings.lane),
            inside=InsideFact(
                readings.figures.inside,
                0 if readings.registry is None else readings.registry.policy.occupancy.stop or 0,
                estimated=not readings.figures.counted,
                since=self._since("inside"),
                full=readings.crowding is Crowding.STOPPED,
            ),
            registry=_registry(readings.registry, readings.wall.at, self._since("registry")),
            clock=ClockFact(
                readings.wall.trust, self._since("clock"), None if off is None else off.total_seconds()
            ),
            link=self._link(readings.link, now),
            held=self._held(readings.hold),
            camera=_device("camera", self.camera, broken=self.camera.value.state in BLIND_STATES),
            thermometer=None if readings.thermometer is None else self._thermometer(readings.thermometer),
            scanners=tuple(
                _device(name, since, broken=since.value.state != WORKING)
                for name, since in sorted(self.scanners.items())
            ),
        )

    # --- inside ----------------------------------------------------------------------------

    def _since(self, name: str) -> float:
        return self.known[name].since

    def _link(self, link: CentreLink, now: float) -> LinkFact:
        down = is_down(link, now)
        # What waits has waited since before it counted as late: the link went then.
        since = link.waits_since if down and link.waits_since is not None else self._since("link")
        return LinkFact(link.centre, down, since, link.waiting if down else 0)

    def _held(self, hold: EntryHold | None) -> HeldFact | None:
        if hold is None:
            return None
        return HeldFact(hold.until, hold.by, hold.why, self._since("held"))

    def _thermometer(self, device: Device) -> DeviceFact:
        broken = device.state != WORKING
        return DeviceFact("thermometer", device.state, self._since("thermometer"), broken, device.detail)


def is_down(link: CentreLink, now: float) -> bool:
    """Whether the centre has not had for too long what happens here."""
    return link.centre and link.waits_since is not None and now - link.waits_since > LATE_AFTER


def lane_fact(state: LaneState) -> LaneFact:
    """What the barrier does, as pages show it."""
    held = state.phase is Phase.HELD_OPEN_BY_STAFF
    broken = state.phase in BROKEN_PHASES or bool(state.fault or state.out_of_order)
    phase = Phase.FAULT if state.out_of_order else state.phase
    until = state.until if held else None
    return LaneFact(phase.value, state.since, broken, state.lockdown, state.held_by, until)


def _registry(held: RegistryHeld | None, at: datetime, since: float) -> RegistryFact:
    if held is None:
        return RegistryFact(None, since, broken=True)
    age = (at - held.issued).total_seconds()
    old = age > held.policy.stale.degrade_after or at >= held.expires
    return RegistryFact(held.version, since, old, held.issued)


def _device(name: str, since: Since[Device], *, broken: bool) -> DeviceFact:
    return DeviceFact(name, since.value.state, since.since, broken, since.value.detail)
