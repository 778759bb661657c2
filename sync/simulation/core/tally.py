"""What was counted of simulated gates: sums and delays that several processes can add up."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

_FIRST, _GROWTH = 1e-4, 1.05
"""The shortest delay that is told apart, in seconds, and how much longer each class is than the last."""


class Delays(msgspec.Struct):
    """How often a delay was in each class: 5 % wide, so that a quantile is as exact."""

    counts: dict[int, int] = {}

    def add(self, seconds: float, times: int = 1) -> None:
        place = 0 if seconds <= _FIRST else math.ceil(math.log(seconds / _FIRST, _GROWTH))
        self.counts[place] = self.counts.get(place, 0) + times

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def quantile(self, share: float) -> float | None:
        """The delay, in seconds, that `share` of all did not exceed; None: there were none."""
        left = share * self.count
        for place in sorted(self.counts):
            left -= self.counts[place]
            if left <= 0:
                return _FIRST * _GROWTH**place
        return None


class FleetTally(msgspec.Struct):
    """The sums of one process, or of all. Events: `written` by gates (`backlog` of them before the begin),
    `confirmed` by central, `waiting`, `forfeited` with a forked chain. `to_ack` is from an event's writing to
    its acknowledgement, `on_wire` from a batch's sending to the acknowledgement that covers it.
    `stalls` are the times, of a second and more, in which events waited and none was acknowledged: when each
    began (seconds since the begin), and how long it was.
    """

    gates: int = 0
    linked: int = 0
    written: int = 0
    backlog: int = 0
    confirmed: int = 0
    waiting: int = 0
    forfeited: int = 0
    batches: int = 0
    sent_bytes: int = 0
    floods: int = 0
    links: int = 0
    losses: int = 0
    to_ack: Delays = msgspec.field(default_factory=Delays)
    on_wire: Delays = msgspec.field(default_factory=Delays)
    back: list[float] = msgspec.field(default_factory=list)
    stalls: list[tuple[float, float]] = msgspec.field(default_factory=list)
    cpu: float = 0.0
    written_of: dict[str, tuple[int, int]] = {}
    """Of each device: events written, and confirmed."""
    away: dict[str, str] = {}
    """Each device that has not come back since the outage, and what it waits for."""


def merged(tallies: Iterable[FleetTally]) -> FleetTally:
    """The sums of several processes. A stall of one is not one of all: only what they share remains."""
    parts = list(tallies)
    total = FleetTally()
    for part in parts:
        for name in FleetTally.__struct_fields__:
            mine, theirs = getattr(total, name), getattr(part, name)
            if isinstance(mine, Delays):
                for place, count in theirs.counts.items():
                    mine.counts[place] = mine.counts.get(place, 0) + count
            elif isinstance(mine, dict):
                setattr(total, name, mine | theirs)
            elif name != "stalls":
                setattr(total, name, mine + theirs)
    total.back.sort()
    total.stalls = _shared([part.stalls for part in parts])
    return total


def _shared(stalls: list[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    """When every process stood still at once, for a second and more."""
    common = stalls[0] if stalls else []
    for others in stalls[1:]:
        common = [
            (begin, end - begin)
            for at, length in common
            for other_at, other_length in others
            if (end := min(at + length, other_at + other_length)) - (begin := max(at, other_at)) >= 1.0
        ]
    return common
