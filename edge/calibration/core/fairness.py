"""The same rates for each group that a folder's labels name, and the gaps between them. PURE.

After ISO/IEC 19795-10: misses differ between groups, and so do false matches within a group, which is where
an impostor would be looked for. Groups of few people have wide intervals; a gap within them says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from edge.calibration.core.comparisons import Owners, Vectors
from edge.calibration.core.open_set_trials import wilson


@dataclass(frozen=True)
class ErrorRate:
    """`hits` of `cases`, with the 95 % interval of their share."""

    hits: int
    cases: int

    @property
    def share(self) -> float | None:
        return self.hits / self.cases if self.cases else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.cases)


@dataclass(frozen=True)
class Group:
    """One group by one label: misses among pairs of one person, false matches among pairs of two of them."""

    label: str
    value: str
    people: int
    misses: ErrorRate
    false_matches: ErrorRate


@dataclass(frozen=True)
class GroupGap:
    """How far the groups of one label lie apart: the highest share over the lowest; None if one is zero."""

    label: str
    misses: float | None
    false_matches: float | None
    sure: bool
    """Whether the intervals of the extreme groups' misses, or false matches, do not overlap."""


def groups(
    vectors: Vectors,
    owners: Owners,
    names: tuple[str, ...],
    labels: Mapping[str, Mapping[str, str]],
    threshold: float,
) -> Iterator[Group]:
    """Each group's rates at one threshold (1:1)."""
    for label, values in labels.items():
        for value in sorted(set(values.values())):
            member = np.array([values.get(name) == value for name in names], bool)
            rows = np.flatnonzero(member[owners])
            similar = vectors[rows] @ vectors[rows].T
            once = np.triu(np.ones_like(similar, bool), 1)
            same = owners[rows][:, None] == owners[rows][None, :]
            own, others = similar[once & same], similar[once & ~same]
            yield Group(
                label,
                value,
                int(member.sum()),
                ErrorRate(int((own < threshold).sum()), own.size),
                ErrorRate(int((others >= threshold).sum()), others.size),
            )


def gaps(all_groups: tuple[Group, ...]) -> Iterator[GroupGap]:
    """The gap of each label with at least two groups."""
    for label in dict.fromkeys(group.label for group in all_groups):
        mine = [group for group in all_groups if group.label == label]
        if len(mine) > 1:
            misses = [group.misses for group in mine]
            matches = [group.false_matches for group in mine]
            yield GroupGap(label, _ratio(misses), _ratio(matches), _apart(misses) or _apart(matches))


def _ratio(rates: list[ErrorRate]) -> float | None:
    shares = [rate.share for rate in rates if rate.share is not None]
    return max(shares) / min(shares) if shares and min(shares) > 0.0 else None


def _apart(rates: list[ErrorRate]) -> bool:
    counted = [rate for rate in rates if rate.cases]
    return bool(counted) and max(r.interval[0] for r in counted) > min(r.interval[1] for r in counted)
