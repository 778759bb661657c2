"""Residents and strangers before one gate: what is a miss, what a false match, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.calibration.core import OpenSetTrials, open_set
from edge.calibration.core.open_set_trials import fused_probes, wilson

TRIALS = OpenSetTrials(
    own=np.array([0.9, 0.5, -1.0, 0.7]),
    own_of=np.arange(4),
    strangers=np.array([0.4, 0.1, 0.3, 0.2]),
    strangers_of=np.arange(4, 8),
    taken_for=np.arange(4),
    residents=4,
    photographs=4,
)


@pytest.mark.parametrize(
    ("threshold", "missed", "matched"),
    [(0.05, 0.25, 1.0), (0.4, 0.25, 0.25), (0.41, 0.25, 0.0), (0.5, 0.25, 0.0), (0.71, 0.75, 0.0)],
)
def test_at_a_threshold(threshold: float, missed: float, matched: float) -> None:
    assert (TRIALS.missed_at(threshold), TRIALS.matched_at(threshold)) == (missed, matched)


@pytest.mark.parametrize("wanted", [0.0, 0.25, 0.5, 0.75])
def test_the_threshold_finds_at_most_the_share_that_was_wanted_and_no_lower_one_does(wanted: float) -> None:
    threshold = TRIALS.threshold_for(wanted)
    assert TRIALS.matched_at(threshold) == wanted
    assert TRIALS.matched_at(float(np.nextafter(threshold, -2.0))) > wanted


AXES = np.eye(6, dtype=np.float32)
EVERYBODY = np.repeat(AXES, 3, axis=0)
OWNERS = np.repeat(np.arange(6), 3)


def test_people_who_are_nothing_like_each_other_are_all_found_and_nobody_else() -> None:
    trials = open_set(EVERYBODY, OWNERS, enrolled=4, templates=1, frames=1, draws=3)
    assert (trials.residents, trials.photographs) == (4, 4)
    assert trials.own.tolist() == [1.0] * (3 * 4 * 2)
    assert trials.strangers.tolist() == [0.0] * (3 * 2 * 3)


def test_who_came_and_whom_a_stranger_was_taken_for() -> None:
    """With five of six enrolled the sixth is the stranger; the third has the face of the fifth."""
    alike = EVERYBODY.copy()
    alike[6:9] = EVERYBODY[12:15]
    trials = open_set(alike, OWNERS, enrolled=5, templates=1, frames=1, draws=20)
    taken = {
        (int(who), int(whom))
        for who, whom, score in zip(trials.strangers_of, trials.taken_for, trials.strangers, strict=True)
        if score > 0.9
    }
    assert taken == {(2, 4), (4, 2)}
    assert {int(who) for who in trials.own_of[trials.own < 0]} <= {2, 4}
    assert {int(who) for who in trials.own_of} == set(range(6))


def test_somebody_who_is_taken_for_another_is_a_miss() -> None:
    """Photographs of each come in pairs of two people: half of them are nearer to somebody else."""
    swapped = EVERYBODY.copy()
    swapped[[1, 2, 4, 5]] = EVERYBODY[[4, 5, 1, 2]]
    two = open_set(swapped[:9], OWNERS[:9], enrolled=2, templates=1, frames=1, draws=20)
    assert set(two.own.tolist()) >= {-1.0, 1.0}


def test_the_same_seed_draws_the_same() -> None:
    one, other = (open_set(EVERYBODY, OWNERS, enrolled=4, templates=1, frames=1, draws=3) for _ in range(2))
    assert np.array_equal(one.own, other.own)


@pytest.mark.parametrize(
    ("enrolled", "templates", "words"),
    [(6, 1, "6 people are too few for 6"), (4, 3, "nobody has 4 photographs")],
)
def test_too_few_people_or_photographs(enrolled: int, templates: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        open_set(EVERYBODY, OWNERS, enrolled=enrolled, templates=templates, frames=1, draws=1)


def test_frames_are_fused_and_what_is_left_over_is_no_trial() -> None:
    probes = fused_probes(AXES, np.arange(5), 2)
    assert [probe.tolist() for probe in probes] == [
        [0.5, 0.5, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.5, 0.5, 0.0, 0.0],
    ]
    assert fused_probes(AXES, np.arange(1), 2) == []


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)],
)
def test_the_interval_of_a_share(hits: int, cases: int, low: float, high: float) -> None:
    assert wilson(hits, cases) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_its_share(cases: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, cases))
    low, high = wilson(hits, cases)
    assert 0.0 <= low <= hits / cases + 1e-12
    assert hits / cases - 1e-12 <= high <= 1.0
