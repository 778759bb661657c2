"""A calibration predicts what then happens; who is one person under two names is found."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from edge.calibration.core import calibrate, open_set, suspects
from edge.calibration.core.comparisons import highest, tail_share
from edge.calibration.core.open_set_trials import wilson
from edge.calibration.format.calibration import thresholds_for
from edge.errors import VisionError
from tests.edge.calibration.conftest import Crowd, crowd_of

TODAY = date(2026, 1, 1)


def test_the_threshold_lets_as_many_strangers_in_as_was_wanted(crowd: Crowd) -> None:
    """The people of the calibration, and others of their kind whom it has not seen."""
    calibration = calibrate(crowd.vectors, crowd.owners, engine="test", source="numbers", made=TODAY)
    others = crowd_of(400, 2, seed=11)
    trials = open_set(others.vectors, others.owners, enrolled=200, templates=1, frames=1, draws=20)
    for wanted in (0.03, 0.01):
        found = thresholds_for(calibration, templates=200, false_matches=wanted, false_confirms=0.001)
        assert wanted / 3 < trials.matched_at(found.identify) < wanted * 2


def test_the_table_rises_and_its_estimate_lies_within_its_limits(crowd: Crowd) -> None:
    points = calibrate(crowd.vectors, crowd.owners, engine="test", source="numbers", made=TODAY).strangers
    assert [point.share for point in points] == sorted((p.share for p in points), reverse=True)
    assert [point.score for point in points] == sorted(point.score for point in points)
    assert all(point.low <= point.score <= point.high for point in points)
    widths = [point.high - point.low for point in points]
    assert widths[-1] > widths[10], "the rarer, the less is known"


def test_more_templates_and_more_frames_miss_fewer(crowd: Crowd) -> None:
    crowd = crowd_of(60, 8, scatter=0.5)
    genuine = calibrate(crowd.vectors, crowd.owners, engine="t", source="numbers", made=TODAY).genuine
    missed = {(table.templates, table.frames): table.missed_at(0.45) for table in genuine}
    assert missed[1, 1] > missed[2, 1] > missed[2, 3]
    assert missed[1, 1] > missed[1, 3]


def test_a_dozen_photographs_of_one_person_weigh_no_more_than_one(crowd: Crowd) -> None:
    """Photographs repeated to the letter change nothing that is said of people."""
    again = np.concatenate([np.arange(len(crowd.owners)), np.flatnonzero(crowd.owners < 30)])
    once = highest(crowd.vectors, crowd.owners, tail_share(10_000))
    twice = highest(crowd.vectors[again], crowd.owners[again], tail_share(10_000))
    for share in (0.1, 0.01):
        assert once.score_at(share) == pytest.approx(twice.score_at(share), abs=1e-9)


def test_one_person_under_two_names_is_found_and_nobody_else() -> None:
    crowd = crowd_of(200, 3, twins=(7, 120), scatter=0.2)
    found = suspects(crowd.vectors, crowd.owners, crowd.names)
    assert {(item.one, item.other) for item in found} == {("p006", "p007"), ("p119", "p120")}
    for item in found:
        assert {int(crowd.owners[row]) for row in item.photographs} == {
            int(item.one[1:]),
            int(item.other[1:]),
        }


def test_strangers_are_not_suspected(crowd: Crowd) -> None:
    assert suspects(crowd.vectors, crowd.owners, crowd.names) == ()


def test_masked_photographs_are_compared_with_unmasked_ones_only(crowd: Crowd) -> None:
    """Masks make strangers alike: their own tail lies higher, and only where it was measured."""
    mask = np.zeros(64, np.float32)
    mask[0] = 1.0
    masked = crowd.vectors + 3.0 * mask
    masked /= np.linalg.norm(masked, axis=1, keepdims=True)
    both = calibrate(
        crowd.vectors,
        crowd.owners,
        engine="test",
        source="numbers",
        made=TODAY,
        covered=(masked[:300].astype(np.float32), crowd.owners[:300]),
    )
    plain = calibrate(crowd.vectors, crowd.owners, engine="test", source="numbers", made=TODAY)
    assert both.strangers == plain.strangers
    found = thresholds_for(both, templates=100, false_matches=0.001, false_confirms=0.001)
    assert found.confirm_covered is not None
    assert found.confirm_covered < 0.9, "two masks alike would be above it: they were not compared"


@pytest.mark.parametrize("photographs", [1, 2])
@pytest.mark.parametrize("people", [30, 60, 120])
def test_few_people_with_few_photographs_have_wide_limits_and_not_none(people: int, photographs: int) -> None:
    crowd = crowd_of(people, photographs)
    points = calibrate(crowd.vectors, crowd.owners, engine="t", source="numbers", made=TODAY).strangers
    assert all(point.low <= point.score <= point.high for point in points)
    assert points[-1].high - points[-1].low > 0.05


@pytest.mark.parametrize(("people", "photographs"), [(1, 5), (2, 2), (29, 3)])
def test_too_few_people_are_refused_with_what_to_do(people: int, photographs: int) -> None:
    crowd = crowd_of(people, photographs)
    with pytest.raises(VisionError, match=r"person|people") as caught:
        calibrate(crowd.vectors, crowd.owners, engine="test", source="numbers", made=TODAY)
    assert caught.value.remedy


def test_an_open_set_counts_a_resident_taken_for_another_as_missed() -> None:
    crowd = crowd_of(50, 2, twins=tuple(range(1, 50, 2)), scatter=0.1)
    trials = open_set(crowd.vectors, crowd.owners, enrolled=48, templates=1, frames=1, draws=3)
    assert trials.missed_at(0.0) > 0.2, "twins take each other's places"


def test_an_open_set_without_strangers_is_none() -> None:
    crowd = crowd_of(10, 2)
    with pytest.raises(ValueError, match="too few"):
        open_set(crowd.vectors, crowd.owners, enrolled=10, templates=1, frames=1, draws=1)
    with pytest.raises(ValueError, match="photographs"):
        open_set(crowd.vectors, crowd.owners, enrolled=5, templates=2, frames=1, draws=1)


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson_intervals_are_those_of_the_textbook(hits: int, cases: int, low: float, high: float) -> None:
    assert wilson(hits, cases) == pytest.approx((low, high), abs=1e-4)
