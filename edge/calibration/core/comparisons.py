"""Strangers' comparisons: the highest of them all, a block of rows at a time. PURE.

Rows are photographs: `vectors` is n×d of unit float32 rows, `owners` (n) says whose each is, from 0. Each
pair of people counts once, however many photographs there are of them: a dozen of one is not twelve people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.calibration.core.tail import Scores, Tail, fit_tail
from edge.errors import VisionError

Vectors = NDArray[np.float32]
Owners = NDArray[np.int64]
Kinds = NDArray[np.bool_]

_BLOCK = 512
_BINS = 4000
_TAIL = 2e-3
_FEWEST_IN_TAIL = 45
_WIDEST_TAIL = 0.2


@dataclass(frozen=True)
class Comparisons:
    """Those at or above some score: of photographs `left` and `right`, each with its weight.

    `tail` is the share of all comparisons that a tail is fitted to; at least twice as many are held. `mass`
    is the share of all comparisons at or above 1 − 2·(i + 1)/4,000, for every bin i from the top.
    """

    left: Owners
    right: Owners
    scores: Scores
    weights: Scores
    mass: Scores
    tail: float

    def score_at(self, share: float) -> float:
        """The score that `share` of all comparisons reaches, to the width of a bin."""
        return 1.0 - 2.0 * (int(np.searchsorted(self.mass, share)) + 1) / _BINS


def tail_share(count: int) -> float:
    """The share of `count` comparisons to fit a tail to: few, where there are enough to be few of."""
    return min(_WIDEST_TAIL, max(_TAIL, _FEWEST_IN_TAIL / max(1, count)))


def highest(vectors: Vectors, owners: Owners, tail: float, kinds: Kinds | None = None) -> Comparisons:
    """The highest comparisons between photographs of different people: twice the share `tail`.

    With `kinds` (n) only photographs of different kinds are compared. Raises VisionError where there are no
    two people to compare.
    """
    weight = 1.0 / np.bincount(owners)[owners]
    histogram = np.zeros(_BINS)
    for _, _, scores, weights in blocks(vectors, owners, kinds, weight):
        histogram += np.histogram(scores, bins=_BINS, range=(-1.0, 1.0), weights=weights)[0]
    total = float(histogram.sum())
    if total == 0.0:
        raise VisionError("there are no two people to compare", remedy="photographs of several people")
    mass = np.cumsum(histogram[::-1]) / total
    limit = 1.0 - 2.0 * (int(np.searchsorted(mass, 2.0 * tail)) + 1) / _BINS
    kept = [
        tuple(column[scores >= limit] for column in (left, right, scores, weights))
        for left, right, scores, weights in blocks(vectors, owners, kinds, weight)
    ]
    left, right, scores, weights = (np.concatenate(column) for column in zip(*kept, strict=True))
    return Comparisons(left, right, scores, weights / total, mass, tail)


def fitted(scores: Scores, weights: Scores, tail: float) -> Tail:
    """The tail of `scores`; raises VisionError where there are too few of them."""
    try:
        return fit_tail(scores, weights, tail)
    except ValueError as error:
        raise VisionError(f"no tail can be fitted: {error}", remedy="photographs of more people") from None


def blocks(
    vectors: Vectors, owners: Owners, kinds: Kinds | None, weight: Scores
) -> Iterator[tuple[Owners, Owners, Scores, Scores]]:
    """Every pair of photographs of different people once, a block of rows at a time."""
    count = len(vectors)
    for start in range(0, count, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, count))
        similar = vectors[rows] @ vectors.T
        wanted = (np.arange(count)[None, :] > rows[:, None]) & (owners[rows][:, None] != owners[None, :])
        if kinds is not None:
            wanted &= kinds[rows][:, None] != kinds[None, :]
        left, right = np.nonzero(wanted)
        scores = similar[left, right].astype(np.float64)
        yield rows[left], right, scores, weight[rows[left]] * weight[right]
