"""Lists of lines as people write them."""

from __future__ import annotations

import pytest

from sync.central.changes.core.numbers import NotNumbers, numbers_in


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", set()),
        (" , ;", set()),
        ("2", {2}),
        ("2, 5-9", {2, 5, 6, 7, 8, 9}),
        ("2、5 – 6；8", {2, 5, 6, 8}),
        ("7-7,7", {7}),
        ("200000", {200_000}),
    ],
)
def test_a_list(text: str, numbers: set[int]) -> None:
    assert numbers_in(text) == numbers


@pytest.mark.parametrize("text", ["x", "-3", "3-", "9-5", "1 2", "1--2", "200001", "0-9999999", "1.5"])
def test_no_list(text: str) -> None:
    with pytest.raises(NotNumbers, match="write 2, 5-9"):
        numbers_in(text)
