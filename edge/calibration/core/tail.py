"""The upper tail of strangers' similarities: what share of comparisons reaches a score. PURE.

A gate asks for shares that no folder of photographs can count: one false match in a thousand passages among a
thousand enrolled is one comparison in a million. Above a high threshold the excesses of almost any
distribution follow a generalised Pareto (Pickands 1975), here fitted by probability-weighted moments
(Hosking and Wallis, Technometrics 29, 1987), which needs no search and does well with few hundred excesses.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

_STRAIGHT = 1e-6
"""A shape so near zero is the exponential distribution."""
_FEWEST_EXCESSES = 30


@dataclass(frozen=True)
class Tail:
    """Above the score `begins` lies the share `above`; there the excess is Pareto with `scale` and `shape`.

    A negative shape ends at begins − scale/shape: no stranger is ever more alike.
    """

    begins: float
    above: float
    scale: float
    shape: float

    def share_at(self, score: float) -> float:
        """The share of comparisons at or above `score`; never more than `above`."""
        excess = max(0.0, score - self.begins) / self.scale
        if abs(self.shape) < _STRAIGHT:
            return self.above * exp(-excess)
        base = 1.0 + self.shape * excess
        return 0.0 if base <= 0.0 else float(self.above * base ** (-1.0 / self.shape))

    def score_at(self, share: float) -> float:
        """The score that only `share` of the comparisons reaches (0 < share ≤ above)."""
        ratio = share / self.above
        if abs(self.shape) < _STRAIGHT:
            return self.begins - self.scale * log(ratio)
        return float(self.begins + self.scale / self.shape * (ratio**-self.shape - 1.0))


def fit_tail(scores: Scores, weights: Scores, above: float, fewest: int = _FEWEST_EXCESSES) -> Tail:
    """The tail of `scores` (n), each standing for `weights` (n) comparisons of a total that sums to 1.

    Only the scores that matter need be given: those left out count as lower ones. `above` is the share with
    which the tail begins; its shape is never above zero. Raises ValueError where fewer than `fewest` scores
    lie in it.
    """
    order = np.argsort(scores)[::-1]
    ordered, mass = scores[order], np.cumsum(weights[order])
    last = int(np.searchsorted(mass, above))
    if last < fewest or last >= len(ordered):
        raise ValueError(f"{last} scores are too few for a tail")
    begins = float(ordered[last])
    share = float(mass[last - 1])
    excess, weight = ordered[:last] - begins, weights[order][:last]
    # The plotting position of each excess: the share of the tail at or above it, halved for itself.
    survival = (np.cumsum(weight) - 0.5 * weight) / weight.sum()
    mean = float(np.average(excess, weights=weight))
    weighted = float(np.average(excess * survival, weights=weight))
    shape = 2.0 - mean / (mean - 2.0 * weighted)
    if shape > 0.0:
        # A cosine ends at one. A tail that seems not to end has a mistaken label in it, or two: they must not
        # make each other likely.
        return Tail(begins, share, mean, 0.0)
    scale = 2.0 * mean * weighted / (mean - 2.0 * weighted)
    return Tail(begins, share, scale, shape)
