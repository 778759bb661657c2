"""A tail fitted to a part says what the rest does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.calibration.core.tail import Tail, fit_tail
from tests.examples import tried

TAILS = [Tail(0.25, 0.002, 0.03, shape) for shape in (-0.3, -0.1, 0.0, 0.1)]


@pytest.mark.parametrize("tail", TAILS)
@given(exponent=st.floats(2.7, 9.0))
def test_share_and_score_are_each_others_inverse(tail: Tail, exponent: float) -> None:
    share = 10.0**-exponent
    assert tail.share_at(tail.score_at(share)) == pytest.approx(share, rel=1e-6)


@pytest.mark.parametrize("tail", TAILS)
def test_no_score_is_reached_by_more_than_the_tail_holds_and_higher_ones_by_fewer(tail: Tail) -> None:
    shares = [tail.share_at(score) for score in np.linspace(0.0, 1.0, 200)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == tail.above


def test_a_tail_that_ends_is_reached_by_nobody_beyond_its_end() -> None:
    assert Tail(0.25, 0.002, 0.03, -0.3).share_at(0.25 + 0.03 / 0.3 + 1e-9) == 0.0


@settings(max_examples=tried(20), deadline=None)
@given(
    shape=st.sampled_from([-0.3, -0.15, 0.0]),
    scale=st.floats(0.02, 0.1),
    seed=st.integers(0, 10_000),
)
def test_the_fit_finds_the_scores_of_the_distribution_that_it_was_drawn_from(
    shape: float, scale: float, seed: int
) -> None:
    """Known: a million comparisons of which 2 in 1,000 exceed 0.3 by a Pareto excess."""
    truth = Tail(0.3, 0.002, scale, shape)
    draw = np.random.default_rng(seed).uniform(size=2000)
    excesses = [truth.score_at(0.002 * share) for share in draw]
    scores = np.array([*excesses, *np.linspace(0.29, 0.3, 500)])
    fitted = fit_tail(scores, np.full(len(scores), 1e-6), 0.0019)
    for share in (1e-3, 1e-4, 1e-5):
        assert fitted.score_at(share) == pytest.approx(truth.score_at(share), abs=1.2 * scale)


def test_weights_count_as_repetitions_do() -> None:
    draw = np.random.default_rng(1)
    scores, times = draw.uniform(0.2, 0.6, 400), draw.integers(1, 4, 400)
    once = fit_tail(scores, times / 1e5, 0.003)
    repeated = np.repeat(scores, times)
    again = fit_tail(repeated, np.full(len(repeated), 1e-5), 0.003)
    assert once.score_at(1e-4) == pytest.approx(again.score_at(1e-4), abs=0.005)


def test_a_few_mistaken_labels_do_not_make_themselves_likely() -> None:
    draw = np.random.default_rng(2).exponential(0.03, 60)
    scores = np.array([*(0.3 + draw), 0.95, 0.97, *np.linspace(0.29, 0.3, 50)])
    assert fit_tail(scores, np.full(len(scores), 1e-4), 0.006).share_at(0.95) < 1e-6


def test_too_few_scores_are_no_tail() -> None:
    with pytest.raises(ValueError, match="too few"):
        fit_tail(np.linspace(0.1, 0.5, 20), np.full(20, 1e-4), 0.002)
