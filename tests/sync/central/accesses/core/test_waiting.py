"""Classes of waiting time: which a wait falls into, and what half, or 95 in a hundred, waited at most."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.accesses.core.waiting import UP_TO, class_of, quantile


@pytest.mark.parametrize(
    ("waits", "share", "at_most"),
    [
        ([], 0.5, None),
        ([300], 0.5, 300),
        ([301], 0.5, 450),
        ([0], 0.95, 100),
        ([250] * 19 + [900], 0.5, 300),
        ([250] * 19 + [900], 0.95, 300),
        ([250] * 18 + [900] * 2, 0.95, 1000),
        ([60_000], 0.5, None),  # longer than any bound: nobody says how long
    ],
)
def test_so_long_waited_at_most(waits: list[int], share: float, at_most: int | None) -> None:
    assert quantile(Counter(map(class_of, waits)), share) == at_most


@given(st.lists(st.integers(0, UP_TO[-1]), min_size=1, max_size=60), st.sampled_from([0.5, 0.95, 1.0]))
def test_the_bound_holds_for_as_many_as_it_says_and_the_next_lower_for_fewer(
    waits: list[int], share: float
) -> None:
    bound = quantile(Counter(map(class_of, waits)), share)
    assert bound is not None
    assert sum(wait <= bound for wait in waits) >= share * len(waits) - 1e-6
    lower = UP_TO[UP_TO.index(bound) - 1] if bound != UP_TO[0] else -1
    assert sum(wait <= lower for wait in waits) < share * len(waits)
