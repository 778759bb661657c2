"""People too alike to be strangers: one person under two names, twins, or a mistaken label. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.calibration.core.comparisons import Comparisons, Owners, Vectors, fitted, highest, tail_share

_UNLIKELY = 0.05
"""Fewer comparisons than this were to be expected at a score: then the two are hardly strangers."""

_MOST_DIFFERENT = 0.1


@dataclass(frozen=True)
class SuspectedPair:
    """Two people whom the engine takes for one, by their best pair of `photographs` (rows)."""

    one: str
    other: str
    photographs: tuple[int, int]
    score: float


def suspects(vectors: Vectors, owners: Owners, names: Sequence[str]) -> tuple[SuspectedPair, ...]:
    """Pairs of people too alike to be strangers, the likeliest first.

    They are as alike as photographs of one person are, all but the most different tenth, and the tail of all
    the others does not explain them: pairs are left out and the tail is fitted anew until it explains all who
    is left. Raises VisionError where there are too few people for a tail.
    """
    total = len(names) * (len(names) - 1) // 2
    tail = tail_share(total)
    top = highest(vectors, owners, tail)
    alike, scores = _alike(vectors, owners), _best_of_pairs(top, owners)
    out: set[tuple[int, int]] = set()
    while True:
        rest = np.array([top.scores[place] for pair, place in scores.items() if pair not in out])
        others = fitted(rest, np.full(len(rest), 1.0 / total), tail)
        found = {
            pair
            for pair, place in scores.items()
            if pair not in out
            and top.scores[place] >= alike
            and others.share_at(float(top.scores[place])) * total < _UNLIKELY
        }
        if not found:
            break
        out |= found
    told = [
        SuspectedPair(
            names[one],
            names[other],
            (int(top.left[scores[one, other]]), int(top.right[scores[one, other]])),
            round(float(top.scores[scores[one, other]]), 4),
        )
        for one, other in out
    ]
    return tuple(sorted(told, key=lambda item: (-item.score, item.one)))


def _alike(vectors: Vectors, owners: Owners) -> float:
    """How alike nine in ten pairs of photographs of one person are; −1 where nobody has two."""
    scores = []
    for owner in np.unique(owners):
        mine = vectors[owners == owner]
        scores.append((mine @ mine.T)[np.triu_indices(len(mine), 1)])
    together = np.concatenate(scores)
    return float(np.quantile(together, _MOST_DIFFERENT)) if len(together) else -1.0


def _best_of_pairs(top: Comparisons, owners: Owners) -> dict[tuple[int, int], int]:
    """For each pair of people in `top` the place of their highest score."""
    best: dict[tuple[int, int], int] = {}
    for place in np.argsort(top.scores)[::-1]:
        one, other = sorted((int(owners[top.left[place]]), int(owners[top.right[place]])))
        best.setdefault((one, other), int(place))
    return best
