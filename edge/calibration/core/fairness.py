"""The same rates for each group of people, and the gaps between groups. PURE.

After ISO/IEC 19795-10: misses differ between groups, and so do false matches, above all within a group, which
is where an impostor would be looked for. Groups of few people have wide intervals; a gap within them says
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edge.calibration.core.comparisons import Kinds, Owners, Vectors, blocks
from edge.calibration.core.measuring import FEWEST_PEOPLE
from edge.calibration.core.members import Labels, Members, members
from edge.calibration.core.open_set_trials import OpenSetTrials, wilson


@dataclass(frozen=True)
class GroupErrorRate:
    """`hits` among `cases` people, or pairs of people, with the 95 % interval of their share.

    Somebody with many photographs is one case still: a hit in as far as it happened in a share of the trials.
    """

    hits: float
    cases: int

    @property
    def share(self) -> float | None:
        return self.hits / self.cases if self.cases else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.cases)


@dataclass(frozen=True)
class Errors:
    """How many were not taken for themselves, or for another: one `within` their group, or `across`."""

    misses: GroupErrorRate
    within: GroupErrorRate
    across: GroupErrorRate


@dataclass(frozen=True)
class ErrorGroup:
    """One group's errors: 1:1, and 1:N where that was tried."""

    label: str
    value: str
    people: int
    photographs: int
    confirm: Errors
    identify: Errors | None = None

    @property
    def too_small(self) -> bool:
        """Whether so few people say anything of others like them."""
        return self.people < FEWEST_PEOPLE


@dataclass(frozen=True)
class RateGap:
    """The highest share of some groups over the lowest; `factor` is None if one is zero.

    `sure` says that the intervals of these two do not overlap.
    """

    factor: float | None
    sure: bool


@dataclass(frozen=True)
class GroupGap:
    """How far the groups of one label lie apart (1:1), in misses and in false matches within a group."""

    label: str
    misses: RateGap
    false_matches: RateGap


def groups(
    vectors: Vectors,
    owners: Owners,
    names: tuple[str, ...],
    labels: Labels,
    threshold: float,
    trials: tuple[OpenSetTrials, float] | None = None,
) -> Iterator[ErrorGroup]:
    """Each group's errors at one threshold for 1:1, and in `trials` at theirs for 1:N."""
    everyone = tuple(members(owners, names, labels))
    strangers = _taken_for_each_other(vectors, owners, everyone, threshold)
    for group, (within, across) in zip(everyone, strangers, strict=True):
        inside, outside = group.people, len(names) - group.people
        yield ErrorGroup(
            group.label,
            group.value,
            inside,
            len(group.rows),
            Errors(
                _not_taken_for_themselves(vectors, owners, group, threshold),
                GroupErrorRate(within, inside * (inside - 1) // 2),
                GroupErrorRate(across, inside * outside),
            ),
            None if trials is None else _at_the_gate(*trials, group.owners),
        )


def gaps(all_groups: tuple[ErrorGroup, ...]) -> Iterator[GroupGap]:
    """The gap of each label with at least two groups of people enough."""
    for label in dict.fromkeys(group.label for group in all_groups):
        mine = [group for group in all_groups if group.label == label and not group.too_small]
        if len(mine) > 1:
            misses = _gap([group.confirm.misses for group in mine])
            yield GroupGap(label, misses, _gap([group.confirm.within for group in mine]))


def rate_of(failed: Kinds, whose: Owners) -> GroupErrorRate:
    """The rate of people, each counted once: `failed` are trials, `whose` says of whom each is."""
    times, hits = np.bincount(whose), np.bincount(whose, failed)
    seen = times > 0
    return GroupErrorRate(float((hits[seen] / times[seen]).sum()), int(seen.sum()))


def _taken_for_each_other(
    vectors: Vectors, owners: Owners, everyone: tuple[Members, ...], threshold: float
) -> list[tuple[float, float]]:
    """For each group the pairs of people taken for each other: both of it, and one of the two."""
    counts = np.zeros((len(everyone), 3))
    weight = 1.0 / np.bincount(owners)[owners]
    for left, right, scores, weights in blocks(vectors, owners, None, weight):
        taken = scores >= threshold
        for place, group in enumerate(everyone):
            inside = group.owners[owners[left[taken]]].astype(int) + group.owners[owners[right[taken]]]
            counts[place] += np.bincount(inside, weights[taken], minlength=3)
    return [(float(both), float(one)) for _, one, both in counts]


def _not_taken_for_themselves(
    vectors: Vectors, owners: Owners, group: Members, threshold: float
) -> GroupErrorRate:
    failed, whose = [np.zeros(0, bool)], [np.zeros(0, np.int64)]
    for owner in np.flatnonzero(group.owners):
        mine = vectors[owners == owner]
        own = (mine @ mine.T)[np.triu_indices(len(mine), 1)]
        failed.append(own < threshold)
        whose.append(np.full(len(own), owner))
    return rate_of(np.concatenate(failed), np.concatenate(whose))


def _at_the_gate(trials: OpenSetTrials, threshold: float, inside: Kinds) -> Errors:
    own, strange = inside[trials.own_of], inside[trials.strangers_of]
    matched = trials.strangers[strange] >= threshold
    whose = trials.strangers_of[strange]
    same = inside[trials.taken_for[strange]]
    return Errors(
        rate_of(trials.own[own] < threshold, trials.own_of[own]),
        rate_of(matched & same, whose),
        rate_of(matched & ~same, whose),
    )


def _gap(rates: list[GroupErrorRate]) -> RateGap:
    shares = [rate.share for rate in rates if rate.share is not None]
    factor = max(shares) / min(shares) if shares and min(shares) > 0.0 else None
    intervals = [rate.interval for rate in rates if rate.cases]
    sure = bool(intervals) and max(low for low, _ in intervals) > min(high for _, high in intervals)
    return RateGap(factor, sure)
