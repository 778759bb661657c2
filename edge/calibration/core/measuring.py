"""From templates of many people to a calibration: strangers' tail, and one's own scores. PURE.

Rows are photographs, as in edge.calibration.core.comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from edge.calibration.core.comparisons import Comparisons, Owners, Vectors, fitted, highest, tail_share
from edge.calibration.core.open_set_trials import fused_probes
from edge.calibration.core.tail import Scores, fit_tail
from edge.calibration.format import Calibration, CurvePoint, GenuineScores, smallest_share
from edge.errors import VisionError
from edge.support.counted import counted

FEWEST_PEOPLE = 30
_REPLICATES = 200
_FEWEST_DRAWN = 10
"""Scores in the tail of people who were drawn: two in five pairs are left, some counted several times."""
_SHARES = tuple(10.0 ** (-exponent / 4.0) for exponent in range(4, 37))
"""From one comparison in ten to one in a billion, four to a decade."""
_QUANTILES = 201
_CONDITIONS = ((1, 1), (2, 1), (3, 1), (1, 3), (2, 3), (1, 5), (2, 5), (3, 3))
"""Templates and frames for which one's own scores are measured, where people have so many photographs."""
_DRAWS = 5


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
            f"{counted(people, 'person is', 'people are')} too few to calibrate with",
            remedy=f"at least {FEWEST_PEOPLE}; several hundred make a threshold that one can rely on",
        )
    return Calibration(
        engine=engine,
        made=made,
        source=source,
        people=people,
        photographs=len(vectors),
        smallest=smallest_share(people),
        strangers=strangers_curve(vectors, owners),
        genuine=tuple(_genuine(vectors, owners)),
        covered=() if covered is None else covered_curve(vectors, owners, *covered),
    )


def strangers_curve(vectors: Vectors, owners: Owners) -> tuple[CurvePoint, ...]:
    """How alike two people are, by share; `owners` number them from 0 without a gap."""
    people = len(np.unique(owners))
    tail = tail_share(people * (people - 1) // 2)
    return _points(highest(vectors, owners, tail), owners)


def covered_curve(
    vectors: Vectors, owners: Owners, covered: Vectors, covered_owners: Owners
) -> tuple[CurvePoint, ...]:
    """How alike masked photographs are to unmasked templates of other people, by share."""
    together = np.concatenate([covered, vectors])
    belong = np.concatenate([covered_owners, owners])
    tail = tail_share(len(np.unique(covered_owners)) * len(np.unique(owners)))
    return _points(highest(together, belong, tail, np.arange(len(together)) < len(covered)), belong)


def own_scores(
    vectors: Vectors, owners: Owners, templates: int, frames: int, draw: np.random.Generator
) -> Scores:
    """Each person with enough photographs: `frames` of them fused, against the best of `templates` others."""
    scores: list[float] = []
    for owner in np.unique(owners):
        mine = draw.permutation(np.flatnonzero(owners == owner))
        enrolled, shown = mine[:templates], mine[templates:]
        scores += [float((vectors[enrolled] @ probe).max()) for probe in fused_probes(vectors, shown, frames)]
    return np.asarray(scores)


def _points(top: Comparisons, owners: Owners) -> tuple[CurvePoint, ...]:
    """The table: counted where there is enough to count, then the tail's estimate.

    The interval is what resampling the people gives.
    """
    whole = fitted(top.scores, top.weights, top.tail)
    low, high = np.percentile(_resampled(top, owners), (2.5, 97.5), axis=0)
    table = []
    for share, lowest, highest_ in zip(_SHARES, low, high, strict=True):
        if share > whole.above:
            counted = round(top.score_at(share), 5)
            table.append(CurvePoint(share, counted, counted, counted))
            continue
        score = whole.score_at(share)
        limits = min(score, float(lowest)), max(score, float(highest_))
        table.append(CurvePoint(share, round(score, 5), round(limits[0], 5), round(limits[1], 5)))
    return tuple(table)


def _resampled(top: Comparisons, owners: Owners) -> Scores:
    """The scores at all shares (replicates×shares) when people are drawn with replacement (the bootstrap).

    A pair of people comes as often as the product of how often each of them does.
    """
    people = len(np.unique(owners))
    draw = np.random.default_rng(20_201_124)
    rows = []
    for _ in range(_REPLICATES):
        times = draw.multinomial(people, np.full(people, 1.0 / people)).astype(float)
        pairs = (people * people - float((times**2).sum())) / (people * (people - 1.0))
        factor = times[owners[top.left]] * times[owners[top.right]] / pairs
        here = factor > 0
        try:
            tail = fit_tail(top.scores[here], (top.weights * factor)[here], top.tail, _FEWEST_DRAWN)
        except ValueError:
            continue  # those who were drawn are too few for a tail
        rows.append([tail.score_at(min(share, tail.above)) for share in _SHARES])
    if not rows:
        raise VisionError("no confidence limits can be given", remedy="photographs of more people")
    return np.asarray(rows)


def _genuine(vectors: Vectors, owners: Owners) -> Iterator[GenuineScores]:
    for templates, frames in _CONDITIONS:
        draw = np.random.default_rng(7)
        drawn = [own_scores(vectors, owners, templates, frames, draw) for _ in range(_DRAWS)]
        cases, scores = len(drawn[0]), np.concatenate(drawn)
        if cases < FEWEST_PEOPLE:
            continue
        quantiles = np.quantile(scores, np.linspace(0.0, 1.0, _QUANTILES))
        yield GenuineScores(templates, frames, cases, tuple(round(float(value), 4) for value in quantiles))
