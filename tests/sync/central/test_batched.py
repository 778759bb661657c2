"""Lists that are cut for a statement: nothing is lost, nothing doubled, and no slice is too long."""

from __future__ import annotations

import pytest

from sync.central.batched import AT_ONCE, batched


@pytest.mark.parametrize(
    ("count", "lengths"),
    [
        (0, []),
        (1, [1]),
        (AT_ONCE, [AT_ONCE]),
        (AT_ONCE + 1, [AT_ONCE, 1]),
        (3 * AT_ONCE, [AT_ONCE, AT_ONCE, AT_ONCE]),
    ],
)
def test_values_stay_in_order_and_a_slice_holds_no_more_than_a_statement_takes(
    count: int, lengths: list[int]
) -> None:
    slices = list(batched(range(count)))
    assert [len(each) for each in slices] == lengths
    assert [value for each in slices for value in each] == list(range(count))
