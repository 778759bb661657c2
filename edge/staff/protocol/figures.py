"""A gate in figures, for those who watch machines: no person is in them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from edge.decision import ClockTrust
from edge.staff.protocol.now import NowView, Today


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a gate says of itself. `devices` says of camera, thermometer and scanners whether each works;
    `waiting` are the events that the centre has not acknowledged (None: there is no centre).
    """

    lane: str
    lane_broken: bool
    locked: bool
    inside: int
    registry: int | None
    issued: datetime | None
    clock: ClockTrust
    link_broken: bool
    waiting: int | None
    devices: dict[str, bool]
    today: Today


def figures_of(view: NowView) -> Figures:
    """The figures of what the page Now shows."""
    facts = view.facts
    one_of_a_kind = (facts.camera,) if facts.thermometer is None else (facts.camera, facts.thermometer)
    devices = {device.name: not device.broken for device in one_of_a_kind}
    for scanner in facts.scanners:  # which a gate calls what it likes
        devices[f"scanner {scanner.name}" if scanner.name in devices else scanner.name] = not scanner.broken
    return Figures(
        facts.lane.phase,
        facts.lane.broken,
        facts.lane.locked,
        facts.inside.inside,
        facts.registry.version,
        facts.registry.issued,
        facts.clock.trust,
        facts.link.broken,
        facts.link.waiting if facts.link.centre else None,
        devices,
        view.today,
    )
