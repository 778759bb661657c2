"""From templates of many people to a calibration: strangers' tail, own scores, mistaken labels. PURE.

Rows are photographs: `vectors` is n×d of unit float32 rows, `owners` (n) says whose each is, from 0. Each
pair of people counts once, however many photographs there are of them: a dozen of one is not twelve people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from edge.calibration.calibration import Calibration, GenuineScores, Point
from edge.calibration.tail import Scores, Tail, fit_tail
from edge.errors import VisionError

Vectors = NDArray[np.float32]
Owners = NDArray[np.int64]

FEWEST_PEOPLE = 30
_BLOCK = 512
_BINS = 4000
_TAIL = 2e-3
"""The share of comparisons that the tail is fitted to."""
_REPLICATES = 200
_SHARES = tuple(10.0 ** (-exponent / 4.0) for exponent in range(4, 37))
"""From one comparison in ten to one in a billion, four to a decade."""
_QUANTILES = 201
_CONDITIONS = ((1, 1), (2, 1), (3, 1), (1, 3), (2, 3), (1, 5), (2, 5), (3, 3))
"""Templates and frames for which one's own scores are measured, where people have so many photographs."""
_DRAWS = 5
_UNLIKELY = 0.05
"""Fewer comparisons than this were to be expected at a score: then the two are probably one person."""


@dataclass(frozen=True)
class Comparisons:
    """Strangers' comparisons at or above some score: of photographs `left` and `right`, with their weight.

    `mass` is the share of all comparisons at or above 1 − 2·(i + 1)/4,000, for every bin i from the top.
    """

    left: Owners
    right: Owners
    scores: Scores
    weights: Scores
    mass: Scores

    def score_at(self, share: float) -> float:
        """The score that `share` of all comparisons reaches, to the width of a bin."""
        return 1.0 - 2.0 * (int(np.searchsorted(self.mass, share)) + 1) / _BINS


@dataclass(frozen=True)
class Suspicion:
    """Two people whom the engine takes for one (or one of whom is under two names), by their best pair."""

    one: str
    other: str
    photographs: tuple[int, int]
    score: float


def suspects(vectors: Vectors, owners: Owners, names: Sequence[str]) -> tuple[Suspicion, ...]:
    """Pairs of people too alike to be strangers, the likeliest first.

    Found against the tail of all the others: pairs are left out and the tail is fitted anew until it explains
    whoever is left.
    """
    top = _top(vectors, owners)
    pairs = _best_of_pairs(top, owners)
    total = len(names) * (len(names) - 1) / 2
    out: dict[tuple[int, int], int] = {}
    while True:
        rest = [place for pair, place in pairs.items() if pair not in out]
        tail = _fitted(top.scores[rest], np.full(len(rest), 1.0 / total))
        found = {
            pair: place
            for pair, place in pairs.items()
            if pair not in out and tail.share_at(float(top.scores[place])) * total < _UNLIKELY
        }
        if not found:
            break
        out |= found
    told = (
        Suspicion(
            names[one],
            names[other],
            (int(top.left[place]), int(top.right[place])),
            round(float(top.scores[place]), 4),
        )
        for (one, other), place in out.items()
    )
    return tuple(sorted(told, key=lambda item: item.score, reverse=True))


def calibrate(
    vectors: Vectors,
    owners: Owners,
    *,
    engine: str,
    source: str,
    made: date,
    covered: tuple[Vectors, Owners] | None = None,
) -> Calibration:
    """The calibration of an engine; `covered` are photographs of the same people under a mask.

    Raises VisionError where there are too few people for a tail.
    """
    people = len(np.unique(owners))
    if people < FEWEST_PEOPLE:
        raise VisionError(
            f"{people} people are too few to calibrate with",
            remedy=f"at least {FEWEST_PEOPLE}; several hundred make a threshold that one can rely on",
        )
    points = _points(_top(vectors, owners), owners)
    return Calibration(
        engine=engine,
        made=made,
        source=source,
        people=people,
        photographs=len(vectors),
        smallest=2.0 / (people * (people - 1)),
        strangers=points,
        genuine=tuple(_genuine(vectors, owners)),
        covered=() if covered is None else _covered(vectors, owners, *covered),
    )


def own_scores(
    vectors: Vectors, owners: Owners, templates: int, frames: int, draw: np.random.Generator
) -> Scores:
    """Each person with enough photographs: `frames` of them fused, against the best of `templates` others."""
    scores: list[float] = []
    for owner in np.unique(owners):
        mine = draw.permutation(np.flatnonzero(owners == owner))
        enrolled, shown = mine[:templates], mine[templates:]
        for start in range(0, len(shown) - frames + 1, frames):
            mean = vectors[shown[start : start + frames]].mean(axis=0)
            probe = mean / np.linalg.norm(mean)
            scores.append(float((vectors[enrolled] @ probe).max()))
    return np.asarray(scores)


# --- strangers ---------------------------------------------------------------------------------


def _top(vectors: Vectors, owners: Owners, kinds: NDArray[np.bool_] | None = None) -> Comparisons:
    """The highest of the comparisons between photographs of different people: twice the tail.

    With `kinds` (n) only photographs of different kinds are compared. Blocks bound the memory.
    """
    weight = 1.0 / np.bincount(owners)[owners]
    histogram = np.zeros(_BINS)
    for _, _, scores, weights in _blocks(vectors, owners, kinds, weight):
        histogram += np.histogram(scores, bins=_BINS, range=(-1.0, 1.0), weights=weights)[0]
    total = float(histogram.sum())
    mass = np.cumsum(histogram[::-1]) / total
    limit = 1.0 - 2.0 * (int(np.searchsorted(mass, 2.0 * _TAIL)) + 1) / _BINS
    kept = [
        tuple(column[scores >= limit] for column in (left, right, scores, weights))
        for left, right, scores, weights in _blocks(vectors, owners, kinds, weight)
    ]
    left, right, scores, weights = (np.concatenate(column) for column in zip(*kept, strict=True))
    return Comparisons(left, right, scores, weights / total, mass)


def _blocks(
    vectors: Vectors, owners: Owners, kinds: NDArray[np.bool_] | None, weight: Scores
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
        yield (
            rows[left],
            right,
            similar[left, right].astype(np.float64),
            weight[rows[left]] * weight[right],
        )


def _points(top: Comparisons, owners: Owners) -> tuple[Point, ...]:
    """The table: counted where there is enough to count, then the tail's estimate.

    The interval is what resampling the people gives.
    """
    people = len(np.unique(owners))
    whole = _fitted(top.scores, top.weights)
    draw = np.random.default_rng(20_201_124)
    rows = []
    for _ in range(_REPLICATES):
        times = draw.multinomial(people, np.full(people, 1.0 / people)).astype(float)
        pairs = (people * people - float((times**2).sum())) / (people * (people - 1.0))
        factor = times[owners[top.left]] * times[owners[top.right]] / pairs
        try:
            tail = fit_tail(top.scores[factor > 0], (top.weights * factor)[factor > 0], _TAIL)
        except ValueError:
            continue
        rows.append([tail.score_at(min(share, tail.above)) for share in _SHARES])
    low, high = np.percentile(np.asarray(rows), (2.5, 97.5), axis=0)
    table = []
    for place, share in enumerate(_SHARES):
        score = top.score_at(share) if share > whole.above else whole.score_at(share)
        table.append(
            Point(
                share,
                round(score, 5),
                round(min(score, float(low[place])), 5),
                round(max(score, float(high[place])), 5),
            )
        )
    return tuple(table)


def _fitted(scores: Scores, weights: Scores) -> Tail:
    """The tail, or an error that says what is missing."""
    try:
        return fit_tail(scores, weights, _TAIL)
    except ValueError as error:
        raise VisionError(f"no tail can be fitted: {error}", remedy="calibrate with more people") from None


def _best_of_pairs(top: Comparisons, owners: Owners) -> dict[tuple[int, int], int]:
    """For each pair of people in `top` the place of their highest score."""
    best: dict[tuple[int, int], int] = {}
    for place in np.argsort(top.scores)[::-1]:
        one, other = sorted((int(owners[top.left[place]]), int(owners[top.right[place]])))
        best.setdefault((one, other), int(place))
    return best


# --- one's own ---------------------------------------------------------------------------------


def _genuine(vectors: Vectors, owners: Owners) -> Iterator[GenuineScores]:
    for templates, frames in _CONDITIONS:
        draw = np.random.default_rng(7)
        drawn = [own_scores(vectors, owners, templates, frames, draw) for _ in range(_DRAWS)]
        cases, scores = len(drawn[0]), np.concatenate(drawn)
        if cases < FEWEST_PEOPLE:
            continue
        quantiles = np.quantile(scores, np.linspace(0.0, 1.0, _QUANTILES))
        yield GenuineScores(templates, frames, cases, tuple(round(float(value), 4) for value in quantiles))


def _covered(vectors: Vectors, owners: Owners, covered: Vectors, covered_owners: Owners) -> tuple[Point, ...]:
    """Masked photographs of strangers against unmasked templates."""
    together = np.concatenate([covered, vectors])
    belong = np.concatenate([covered_owners, owners])
    return _points(_top(together, belong, np.arange(len(together)) < len(covered)), belong)
