"""Batch work on items of many devices: one that raises costs no other."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sync.dispatch.core import in_batch_or_each


@pytest.mark.parametrize("bad", [(), (2,), (0, 3), (0, 1, 2, 3)])
@pytest.mark.parametrize("kind", [ValueError, RecursionError, UnicodeError, KeyError, AssertionError])
def test_of_many_that_are_worked_on_at_once_each_that_raises_anything_is_alone(
    bad: tuple[int, ...], kind: type[Exception]
) -> None:
    failed: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        if any(item in bad for item in items):
            raise kind("no")
        return list(items)

    made = [
        item
        for some in in_batch_or_each(range(4), work, lambda item, _: failed.append(item))
        for item in some
    ]
    assert (made, failed) == ([item for item in range(4) if item not in bad], list(bad))
