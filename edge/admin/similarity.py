"""Finds enrolled people who look alike: twins, one person under two ids, the same picture twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.calibration.files import calibration_in_force
from edge.calibration.format import Calibration, thresholds_under
from edge.decision import FaceRule
from edge.registry.templates import Vector

SAME_PICTURE = 0.985
"""Two photographs this alike (cosine) are one, saved twice: the second adds nothing."""
MOST_PAIRS = 10_000
_BLOCK = 2048
_DOUBTFUL = (0.36, 0.60)
"""For an engine that was never measured: SFace's figures for 1:1, and for 1:N among a few thousand."""


@dataclass(frozen=True)
class SimilarityLimits:
    """`same`: below it (cosine) two photographs are hardly of one person. `alike`: from it on, two people
    would be taken for each other by the gate.
    """

    same: float
    alike: float


def limits_for(
    engine: str, templates: int, rule: FaceRule, own: Sequence[Calibration] = ()
) -> SimilarityLimits:
    """What the calibration of `engine` says for so many templates and the risk that the policy takes.

    One of the site's `own` comes before the one that is shipped, as at the gates.
    """
    calibration = calibration_in_force(engine, own)
    if calibration is None:
        return SimilarityLimits(*_DOUBTFUL)
    needed = thresholds_under(rule, calibration, templates)
    return SimilarityLimits(needed.confirm, needed.identify)


@dataclass(frozen=True)
class Similarity:
    """Two subjects, `one` before `other` by id, and the cosine of their most alike templates."""

    one: str
    other: str
    score: float


class KnownFaces:
    """Templates (unit, of one engine) with their owners, for many questions: who is most like this one?"""

    def __init__(self, dimensions: int) -> None:
        self._rows = np.zeros((256, dimensions), np.float32)
        self._owners: list[str] = []

    def add(self, owner: str, vectors: Sequence[Vector]) -> None:
        """Vectors of another length than the others are of another engine, and left out."""
        for vector in vectors:
            if vector.shape != (self._rows.shape[1],):
                continue
            count = len(self._owners)
            if count == len(self._rows):
                self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
            self._rows[count] = vector
            self._owners.append(owner)

    @property
    def templates(self) -> int:
        return len(self._owners)

    def of(self, owner: str) -> list[Vector]:
        return [self._rows[place] for place, name in enumerate(self._owners) if name == owner]

    def nearest(self, vector: Vector, *, but: str) -> Similarity | None:
        """The subject, other than `but`, who looks most like `vector`; None where nobody else is known."""
        count = len(self._owners)
        scores = self._rows[:count] @ vector
        for place in np.argsort(-scores):
            owner = self._owners[int(place)]
            if owner != but:
                return Similarity(min(but, owner), max(but, owner), float(scores[place]))
        return None

    def pairs(self, above: float) -> list[Similarity]:
        """Every two subjects of whom any two templates reach `above`, the most alike first.

        Exact, in blocks of bounded memory. At most MOST_PAIRS; more than that say that `above` is too low.
        """
        count = len(self._owners)
        names = sorted(set(self._owners))
        number = {name: place for place, name in enumerate(names)}
        owners = np.array([number[owner] for owner in self._owners], np.int64)
        best: dict[tuple[int, int], float] = {}
        for one, other, scores in _blocks(self._rows[:count]):
            scores[owners[one][:, None] == owners[other][None, :]] = -1.0
            for row, column in np.argwhere(scores >= above):
                first, second = sorted((int(owners[one][row]), int(owners[other][column])))
                best[first, second] = max(best.get((first, second), -1.0), float(scores[row, column]))
            if len(best) > 2 * MOST_PAIRS:
                best = dict(sorted(best.items(), key=lambda item: -item[1])[:MOST_PAIRS])
        ordered = sorted(best.items(), key=lambda item: (-item[1], item[0]))[:MOST_PAIRS]
        return [Similarity(names[first], names[second], score) for (first, second), score in ordered]


def _blocks(rows: NDArray[np.float32]) -> Iterator[tuple[slice, slice, NDArray[np.float32]]]:
    """The upper triangle of all cosines, a block at a time."""
    places = [slice(start, start + _BLOCK) for start in range(0, len(rows), _BLOCK)]
    for position, one in enumerate(places):
        for other in places[position:]:
            yield one, other, rows[one] @ rows[other].T


def agreeing(vectors: Sequence[Vector], same: float) -> list[int]:
    """The places of those that are of one person: the largest group in which each is like another.

    None where no group is larger than the others: then nobody can say who is meant.
    """
    groups: list[set[int]] = []
    for place, vector in enumerate(vectors):
        near = [group for group in groups if any(float(vector @ vectors[item]) >= same for item in group)]
        joined = {place}.union(*near)
        groups = [group for group in groups if group not in near] + [joined]
    groups.sort(key=len, reverse=True)
    if len(groups) > 1 and len(groups[0]) == len(groups[1]):
        return []
    return sorted(groups[0]) if groups else []
