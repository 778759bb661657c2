"""How alike photographs are, counted in bins: of one person, and of two. PURE.

Bins, since fifty thousand photographs make more than a thousand million pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BINS = 2000
_BLOCK = 512


@dataclass(frozen=True)
class Histograms:
    """Counts of pairs by cosine; bin i reaches from `edges[i]` to `edges[i + 1]`, 2,000 of them."""

    edges: NDArray[np.float64]
    own: NDArray[np.float64]
    strangers: NDArray[np.float64]

    def missed(self) -> NDArray[np.float64]:
        """The share of one's own pairs below each bin's lower edge (1:1, FNMR)."""
        below = np.concatenate([[0.0], np.cumsum(self.own)[:-1]])
        return np.asarray(below / max(1.0, float(self.own.sum())))

    def matched(self) -> NDArray[np.float64]:
        """The share of strangers' pairs at or above each bin's lower edge (1:1, FMR)."""
        above = np.cumsum(self.strangers[::-1])[::-1]
        return np.asarray(above / max(1.0, float(self.strangers.sum())))

    def missed_at(self, false_matches: float) -> tuple[float, float]:
        """The share missed at the lowest edge with at most that share of false matches; and the edge."""
        place = int(np.argmax(self.matched() <= false_matches))
        return float(self.missed()[place]), float(self.edges[place])


def histograms(vectors: NDArray[np.float32], owners: NDArray[np.int64]) -> Histograms:
    """All pairs of photographs (n×d unit rows; `owners` says whose each is), a block at a time."""
    edges = np.linspace(-1.0, 1.0, _BINS + 1)
    own, strangers = np.zeros(_BINS), np.zeros(_BINS)
    for start in range(0, len(vectors), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(vectors)))
        similar = np.clip(vectors[rows] @ vectors.T, -1.0, 1.0)
        once = np.arange(len(vectors))[None, :] > rows[:, None]
        same = owners[rows][:, None] == owners[None, :]
        own += np.histogram(similar[once & same], bins=edges)[0]
        strangers += np.histogram(similar[once & ~same], bins=edges)[0]
    return Histograms(edges, own, strangers)
