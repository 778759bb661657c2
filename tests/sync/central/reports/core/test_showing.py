"""What is not shown of a whole cannot be reckoned from what is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.reports.core.showing import SHOWN_FROM, shown


@pytest.mark.parametrize(
    ("counts", "left"),
    [
        ([], []),
        ([5], []),
        ([0, 4000], [4000]),  # of nobody nothing can be told
        ([5, 4000], []),
        ([5, 4000, 3000], [4000]),
        ([600, 600, 3000], [3000]),  # what these two come to is of enough
        ([3, 4, 2000, 3000], [3000]),
        ([2000, 1000], [2000, 1000]),
    ],
)
def test_the_smallest_are_hidden_until_they_come_to_enough(counts: list[int], left: list[int]) -> None:
    seen, hidden = shown([*enumerate(counts)], lambda each: (each[1], str(each[0])))
    assert [count for _, count in seen] == left
    assert hidden == len(counts) - len(left)


@given(st.lists(st.integers(0, 3 * SHOWN_FROM), max_size=12))
def test_neither_one_nor_what_the_rest_leaves_is_of_too_few(counts: list[int]) -> None:
    seen, _ = shown([*enumerate(counts)], lambda each: (each[1], str(each[0])))
    rest = sum(counts) - sum(count for _, count in seen)
    assert all(count >= SHOWN_FROM for _, count in seen)
    assert not seen or rest == 0 or rest >= SHOWN_FROM
