"""Fuses the liveness measures of single frames into one of a person."""

from __future__ import annotations

from collections.abc import Collection
from math import exp, log

_SUREST = 0.98
"""How sure one frame may be at most: no single frame outvotes all others."""


def fused(measures: Collection[float]) -> float:
    """The measures of several frames (each in [0, 1]) as one in [0, 1]: the mean of their log-odds.

    It lies between the least and the greatest of them, whatever their order. Raises ValueError for none.
    """
    if not measures:
        raise ValueError("no measures to fuse")
    mean = sum(log(share / (1.0 - share)) for share in map(_bounded, measures)) / len(measures)
    return 1.0 / (1.0 + exp(-mean))


def _bounded(measure: float) -> float:
    # NaN compares false with everything, and so becomes the least.
    return min(max(1.0 - _SUREST, measure), _SUREST) if measure >= 0.0 else 1.0 - _SUREST
