"""Gaps in a journal: where they are, whether the gate still has the events, and how many came after all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.journals.core.gaps import Declared, Gap, gaps_between


@pytest.mark.parametrize(
    ("sequences", "from_start", "expected"),
    [
        ([], True, []),
        ([3, 2, 1], True, []),
        ([9, 8, 3, 2, 1], True, [Gap(4, 7)]),
        ([9, 5], False, [Gap(6, 8)]),
        ([9, 5], True, [Gap(6, 8), Gap(1, 4)]),
        ([9, 7, 5], False, [Gap(8, 8), Gap(6, 6)]),
    ],
)
def test_a_gap_stands_where_numbers_are_missing(
    sequences: list[int], from_start: bool, expected: list[Gap]
) -> None:
    assert gaps_between(sequences, [], from_start=from_start) == expected


@pytest.mark.parametrize(
    ("declared", "gap"),
    [
        ([Declared(4, 7, arrived=False)], Gap(4, 7, lost=True)),
        ([Declared(2, 9, arrived=False)], Gap(4, 7, lost=True)),
        ([Declared(4, 5, arrived=False)], Gap(4, 7)),
        ([Declared(4, 7, arrived=False), Declared(8, 9, arrived=True)], Gap(4, 7, lost=True, filled=2)),
        ([Declared(1, 1, arrived=True), Declared(2, 3, arrived=True)], Gap(4, 7, filled=3)),
        ([Declared(20, 30, arrived=True)], Gap(4, 7)),
    ],
)
def test_a_gap_says_whether_it_is_lost_and_how_much_was_filled(declared: list[Declared], gap: Gap) -> None:
    assert gaps_between([10, 9, 8, 3], declared, from_start=False) == [gap]


@given(st.sets(st.integers(1, 40)))
def test_gaps_and_events_are_every_number_once(here: set[int]) -> None:
    ordered = sorted(here, reverse=True)
    gaps = gaps_between(ordered, [], from_start=True)
    missing = [number for gap in gaps for number in range(gap.first, gap.last + 1)]
    assert sorted([*here, *missing]) == [*range(1, max(here, default=0) + 1)]
    assert sum(gap.count for gap in gaps) == len(missing)
