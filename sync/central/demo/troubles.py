"""What else a day brings at the gates of a whole street: a button that is pressed, and what goes wrong.

A street of fewer sites has no trouble: it is for who wants to try something out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from edge.journal.format import (
    CameraStateEvent,
    LaneForced,
    LaneOpened,
    LaneOverride,
    ProbeDecided,
)
from edge.vision.reports import CameraState
from sync.central.demo.gates import DeviceEvent
from sync.central.demo.street import MOST_SITES, StreetSite, drawn_for

DARK, GAPPED = "school-garden.west", "flower-market.main"
BLIND, FORCED = "east-lake-home.east", "fish-market.main"
_DARK_FOR, _BLIND_FOR, _FORCED_BEFORE = timedelta(minutes=97), timedelta(minutes=38), timedelta(minutes=2)
_GAP = timedelta(hours=5, minutes=30), timedelta(hours=5)
_BY_HAND = 0.008
_SHIFT = "陈刚"
_BUTTON = "override"
"""The cause of an opening by the button, as the lane's machine has it."""


@dataclass(frozen=True)
class DemoTroubles:
    """What is wrong in the day that ends at `until`; with no sites concerned: nothing."""

    until: datetime
    whole: bool

    def is_kept_back(self, device: str, at: datetime) -> bool:
        """Whether what `device` wrote at that time is still at the gate: it has no link, or a part was lost
        on the way.
        """
        if not self.whole:
            return False
        early, late = (self.until - ago for ago in _GAP)
        return self.is_dark(device, at) or (device == GAPPED and early <= at < late)

    def is_dark(self, device: str, at: datetime) -> bool:
        """Whether `device` has no link at that time."""
        since = self.dark_since(device)
        return since is not None and at >= since

    def is_blind(self, device: str, at: datetime) -> bool:
        """Whether its camera sees nothing at that time."""
        return self.whole and device == BLIND and at >= self.until - _BLIND_FOR

    def dark_since(self, device: str) -> datetime | None:
        """Since when `device` has no link; None: it has one."""
        return self.until - _DARK_FOR if self.whole and device == DARK else None

    def of(self, happened: DeviceEvent) -> DeviceEvent:
        """What the gate writes instead: a probe says what its camera does."""
        probe = happened.event
        if not isinstance(probe, ProbeDecided) or not self.is_blind(happened.device, happened.at):
            return happened
        seen = msgspec.structs.replace(probe, camera=CameraState.BLIND.value, wrong=("camera",))
        return DeviceEvent(happened.at, happened.device, seen)

    def events(self, sites: Sequence[StreetSite], accesses: int) -> Iterator[DeviceEvent]:
        """What the gates write besides, in a day of about so many `accesses` at each of `sites`."""
        if self.whole:
            yield from _pressed(sites, self.until - timedelta(days=1), self.until, accesses)
            blind = CameraStateEvent(CameraState.BLIND.value, "every picture is black")
            yield DeviceEvent(self.until - _BLIND_FOR, BLIND, blind)
            yield DeviceEvent(self.until - _FORCED_BEFORE, FORCED, LaneForced())


def troubles_of(sites: Sequence[StreetSite], until: datetime) -> DemoTroubles:
    """The troubles of a street in the day that ends at `until`."""
    return DemoTroubles(until, len(sites) >= MOST_SITES)


def _pressed(
    sites: Sequence[StreetSite], since: datetime, until: datetime, accesses: int
) -> Iterator[DeviceEvent]:
    """How often staff let somebody through by the button, of about so many `accesses` at each site."""
    for site in sites:
        draw = drawn_for("pressed", site.file.id, since.date())
        for _ in range(round(accesses * _BY_HAND * draw.uniform(0, 2))):
            at = since + (until - since) * draw.uniform(0.25, 1)
            device = site.device(draw.choice(site.gates))
            yield DeviceEvent(at, device, LaneOverride(_SHIFT))
            yield DeviceEvent(at + timedelta(milliseconds=40), device, LaneOpened(_BUTTON))
