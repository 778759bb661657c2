"""Wrong numbers: how many may follow each other, and how long a keypad rests after them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.known.tries import (
    CALM_AFTER,
    FIRST_REST,
    FORGIVEN_AFTER,
    LONGEST_REST,
    MOST_WRONG,
    Tries,
    after_refused,
    after_wrong,
    later,
    rest_after,
)


def wrong(tries: Tries, times: int) -> Tries:
    for _ in range(times):
        tries = after_wrong(tries)
    return tries


def test_four_wrong_numbers_are_a_mistake_and_the_fifth_is_not() -> None:
    assert not wrong(Tries(), MOST_WRONG - 1).resting
    assert wrong(Tries(), MOST_WRONG) == Tries(rests=1, resting=FIRST_REST, attempts=MOST_WRONG)


@pytest.mark.parametrize(
    ("rests", "seconds"), [(0, 60), (1, 120), (2, 240), (5, 1920), (6, 3600), (16, 3600)]
)
def test_each_rest_is_twice_as_long_up_to_an_hour(rests: int, seconds: int) -> None:
    assert rest_after(rests) == seconds


@pytest.mark.parametrize(
    ("after", "then"),
    [
        (0.0, Tries(3, 1)),
        (FORGIVEN_AFTER - 1, Tries(3, 1)),
        (FORGIVEN_AFTER, Tries(2, 1)),
        (10 * FORGIVEN_AFTER, Tries(0, 1)),
        (CALM_AFTER, Tries()),
    ],
)
def test_wrong_numbers_are_forgiven_one_by_one(after: float, then: Tries) -> None:
    assert later(Tries(3, 1), after) == then


def test_what_is_typed_while_it_rests_makes_it_rest_no_longer() -> None:
    resting = wrong(Tries(), MOST_WRONG)
    typed = after_refused(later(resting, 10.0))
    assert (typed.resting, typed.attempts) == (FIRST_REST - 10.0, MOST_WRONG + 1)
    assert later(typed, FIRST_REST).resting == 0.0


@given(st.lists(st.floats(min_value=0.0, max_value=7200.0), max_size=400))
def test_nobody_guesses_more_than_the_bounds_allow(pauses: list[float]) -> None:
    """However the tries are spread, so many numbers are looked at in so many seconds, and no more."""
    tries, looked_at, passed = Tries(), 0, 0.0
    for pause in pauses:
        tries, passed = later(tries, pause), passed + pause
        assert 0.0 <= tries.resting <= LONGEST_REST
        if tries.resting:
            tries = after_refused(tries)
        else:
            tries, looked_at = after_wrong(tries), looked_at + 1
    assert looked_at <= MOST_WRONG * (1 + passed / FIRST_REST)
