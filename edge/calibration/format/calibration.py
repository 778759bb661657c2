"""The measurements of an engine, and the thresholds that follow for one gate. PURE.

A calibration is a table, not a model: for each share of comparisons the score that strangers reach, with the
limits of a 95 % confidence interval. The wanted risk comes from the policy, the number of templates from the
gallery; the threshold is looked up, so anyone who doubts one can read it off.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from itertools import pairwise
from math import log10
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.decision import FaceRule
from edge.signing.cose import Name, Sequence, Text

_Share = Annotated[float, Meta(gt=0.0, le=1.0)]
_MOST_ROWS = 4096


class CurvePoint(msgspec.Struct, frozen=True, array_like=True):
    """`share` of strangers' comparisons reach `score`; with 95 % confidence that lies in [`low`, `high`]."""

    share: _Share
    score: float
    low: float
    high: float


class GenuineScores(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How alike people are to their own `templates` when seen in `frames`: `cases` were measured.

    `scores` are quantiles: that many evenly spaced shares, from the smallest score to the largest.
    """

    templates: Sequence
    frames: Sequence
    cases: Sequence
    scores: Annotated[tuple[float, ...], Meta(min_length=2, max_length=_MOST_ROWS)]

    def missed_at(self, threshold: float) -> float:
        """The share of people whose score is below `threshold`."""
        scores = self.scores
        if threshold <= scores[0]:
            return 0.0
        place = bisect_left(scores, threshold)
        if place >= len(scores):
            return 1.0
        before, after = scores[place - 1], scores[place]
        within = (threshold - before) / (after - before) if after > before else 0.0
        return (place - 1 + within) / (len(scores) - 1)


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One engine, measured on one folder of photographs.

    `strangers` falls in share and rises in score; shares below `smallest` are extrapolated. `covered` is the
    same for faces under a mask, where such were measured. `source` says on what.
    """

    engine: Name
    made: date
    source: Text
    people: Sequence
    photographs: Sequence
    smallest: float
    strangers: Annotated[tuple[CurvePoint, ...], Meta(min_length=1, max_length=_MOST_ROWS)]
    genuine: Annotated[tuple[GenuineScores, ...], Meta(max_length=64)] = ()
    covered: Annotated[tuple[CurvePoint, ...], Meta(max_length=_MOST_ROWS)] = ()


class FaceThresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a face needs at one gate, and what that predicts.

    `identify` is the cosine for 1:N among `templates`, `confirm` for 1:1; `identify_covered` and
    `confirm_covered` under a mask (None where that was not measured: then as for others). `false_matches` is
    the predicted share of strangers' passages that match anybody, [`false_matches_low`,
    `false_matches_high`] its 95 % interval; `misses` the share of residents' passages that match nobody, with
    one template and one frame. `extrapolated` says that the rate is rarer than anything that was counted.
    """

    engine: str
    templates: int
    identify: float
    confirm: float
    identify_covered: float | None
    confirm_covered: float | None
    false_matches: float
    false_matches_low: float
    false_matches_high: float
    misses: float | None
    extrapolated: bool

    def identify_needed(self, *, covered: bool) -> float:
        return self.identify_covered if covered and self.identify_covered is not None else self.identify

    def confirm_needed(self, *, covered: bool) -> float:
        return self.confirm_covered if covered and self.confirm_covered is not None else self.confirm


def thresholds_for(
    calibration: Calibration, *, templates: int, false_matches: float, false_confirms: float
) -> FaceThresholds:
    """What a face needs so that strangers match in a share `false_matches` of their passages (1:N), or are
    taken for the holder of the pass that they show in `false_confirms` (1:1).

    A stranger is compared with every template: by Boole's inequality the share of passages with a match is at
    most the number of templates times the share of comparisons, whatever those have in common.
    """
    compared = max(1, templates)
    share = false_matches / compared
    identify = score_at(calibration.strangers, share)
    low, high = (
        share_reaching(calibration.strangers, identify, limit) * compared for limit in ("low", "high")
    )
    once = next((table for table in calibration.genuine if (table.templates, table.frames) == (1, 1)), None)
    return FaceThresholds(
        engine=calibration.engine,
        templates=templates,
        identify=round(identify, 4),
        confirm=round(score_at(calibration.strangers, false_confirms), 4),
        identify_covered=_needed(calibration.covered, share),
        confirm_covered=_needed(calibration.covered, false_confirms),
        false_matches=false_matches,
        false_matches_low=min(1.0, low),
        false_matches_high=min(1.0, high),
        misses=None if once is None else once.missed_at(identify),
        extrapolated=share < calibration.smallest,
    )


def _needed(points: tuple[CurvePoint, ...], share: float) -> float | None:
    return round(score_at(points, share), 4) if points else None


def thresholds_under(rule: FaceRule, calibration: Calibration, templates: int) -> FaceThresholds:
    """What a face needs among `templates` for the risk that `rule` takes."""
    return thresholds_for(
        calibration,
        templates=templates,
        false_matches=rule.false_matches,
        false_confirms=rule.false_confirms,
    )


def smallest_share(people: int) -> float:
    """The share of comparisons that one pair of so many people is: what is rarer cannot be counted."""
    return 2.0 / (people * (people - 1))


def score_at(points: tuple[CurvePoint, ...], share: float) -> float:
    """The score that a `share` of comparisons reaches; beyond the table's ends, that of the end."""
    return _between([(-log10(point.share), point.score) for point in points], -log10(share))


def share_reaching(points: tuple[CurvePoint, ...], score: float, limit: str = "score") -> float:
    """The share of comparisons that reaches `score`, by the table's estimate or by one of its limits."""
    rows = [(getattr(point, limit), log10(point.share)) for point in points]
    return float(10.0 ** _between(rows, score))


def _between(rows: list[tuple[float, float]], at: float) -> float:
    """Linear between `rows` (rising in their first value), level beyond their ends."""
    if at <= rows[0][0]:
        return rows[0][1]
    for (left, below), (right, above) in pairwise(rows):
        if at <= right:
            return below + (above - below) * (at - left) / (right - left)
    return rows[-1][1]
