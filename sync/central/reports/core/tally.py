"""What accesses come to for a report: counts that add up, whatever their order and source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TypeAlias

FINE, COARSE, LONGEST = 10, 100, 30_000
"""Milliseconds: waits are counted by hundredths of a second up to `FINE_UP_TO`, then by tenths; the longest
are counted as one.
"""
FINE_UP_TO = 2_000
OVERRIDE, OVERRIDE_REFUSED = "override", "override_refused"
"""What staff opened by hand, and what they would have opened, had the lane not refused it."""


class Wrong(StrEnum):
    """What a gate did wrong, as far as anybody has said so."""

    REFUSED = "refused"  # denied or referred, and let in by name, or corrected after an appeal
    MISTAKEN = "mistaken"  # a face taken for somebody else's


Device: TypeAlias = str
Site: TypeAlias = str
Subject: TypeAlias = str


@dataclass(frozen=True)
class ReportTally:
    """Counts of accesses. Days are local times of their begin (`sync.central.reports.core.days`), hours 0 to
    23. `what` is grant, deny, refer, override, or what the lane refused of these. `waits` count by the class
    of milliseconds; `by_hand` by who opened ("": nobody said) and the reason. `decided` and `by_face` (a face
    told who) are what error rates are of: by hour, by gate (the device), and by person, which the groups are
    made of.
    """

    days: Mapping[tuple[int, str], int] = field(default_factory=dict)
    late: Mapping[int, int] = field(default_factory=dict)
    ahead: Mapping[int, int] = field(default_factory=dict)
    waits: Mapping[tuple[int, int], int] = field(default_factory=dict)
    gates: Mapping[tuple[Device, str], int] = field(default_factory=dict)
    reasons: Mapping[tuple[str, str], int] = field(default_factory=dict)
    by_hand: Mapping[tuple[str, str], int] = field(default_factory=dict)
    decided_by_hour: Mapping[int, int] = field(default_factory=dict)
    decided_by_gate: Mapping[Device, int] = field(default_factory=dict)
    decided_by_person: Mapping[tuple[Site, Subject], int] = field(default_factory=dict)
    by_face_by_hour: Mapping[int, int] = field(default_factory=dict)
    by_face_by_gate: Mapping[Device, int] = field(default_factory=dict)
    by_face_by_person: Mapping[tuple[Site, Subject], int] = field(default_factory=dict)
    wrong_by_hour: Mapping[tuple[Wrong, int], int] = field(default_factory=dict)
    wrong_by_gate: Mapping[tuple[Wrong, Device], int] = field(default_factory=dict)
    wrong_by_person: Mapping[tuple[Wrong, Site, Subject], int] = field(default_factory=dict)


def added(tallies: Iterable[ReportTally]) -> ReportTally:
    """What several tallies come to, in whatever order they are added."""
    sums: dict[str, Counter[object]] = {each.name: Counter() for each in fields(ReportTally)}
    for tally in tallies:
        for name, counts in sums.items():
            counts.update(getattr(tally, name))
    return ReportTally(**sums)  # type: ignore[arg-type]  # each counts what its field is a mapping of


def quantile(counts: Mapping[int, int], share: float) -> int | None:
    """Within how many milliseconds that `share` of those in `counts` (by the lower bound of their class) was
    decided: the bound that its class does not reach. None where nobody was.
    """
    whole = sum(counts.values())
    reached = 0
    for low, times in sorted(counts.items()):
        reached += times
        if whole and reached >= share * whole - 1e-9:
            return min(LONGEST, low + (FINE if low < FINE_UP_TO else COARSE))
    return None
