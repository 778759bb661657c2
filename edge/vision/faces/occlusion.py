"""Whether a mask, sunglasses or a hand covers a face, by what the face mesh's net holds half-way.

A net that has to find eyes and lips sees where there are none. Three linear discriminants over its inner
numbers (models/covers) were fitted on people with an even number; tests/bench/bench_quality.py measures them
on the others, and docs/enrolment.md says what they miss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.decision import Cover
from models.covers import Covers

Inner = NDArray[np.float32]

_SURE, _PERHAPS = 1.0, -0.5
"""Log-odds of a cover from which it is said, and from which somebody may look whether there is one."""


@dataclass(frozen=True)
class Suspicion:
    """What seems to cover a face; where it is not `sure`, only a person who looks can tell."""

    cover: Cover
    sure: bool


class CoverScales:
    """Weighs the inner numbers of a face for each cover."""

    def __init__(self, covers: Covers) -> None:
        self._covers = tuple(Cover[name.upper()] for name in covers.weights)
        self._weights = np.array([*covers.weights.values()], np.float32)
        self._added = np.array([covers.added[name] for name in covers.weights], np.float32)

    def weigh(self, inner: Inner) -> dict[Cover, float]:
        """The log-odds of each cover."""
        found = self._weights @ inner + self._added
        return dict(zip(self._covers, map(float, found), strict=True))

    def suspicion(self, inner: Inner) -> Suspicion | None:
        """What covers the face; None where nothing seems to."""
        odds = self.weigh(inner)
        cover = max(odds, key=lambda each: odds[each])
        return None if odds[cover] < _PERHAPS else Suspicion(cover, odds[cover] >= _SURE)
