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
    others = () if facts.thermometer is None else (facts.thermometer,)
    named = {device.name: not device.broken for device in (*others, *facts.scanners)}
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
        {"camera": not facts.camera.broken, **named},
        view.today,
    )
