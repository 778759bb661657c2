"""One of something, or several, in words."""

from __future__ import annotations

import pytest

from edge.support.counted import counted


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("day",), "0 days"),
        (1, ("day",), "1 day"),
        (1.0, ("day",), "1 day"),
        (1.5, ("day",), "1.5 days"),
        (2, ("person", "people"), "2 people"),
        (1, ("event waits", "events wait"), "1 event waits"),
        (12_345_678, ("row",), "12345678 rows"),
        (400.0, ("day",), "400 days"),
        (float("inf"), ("day",), "inf days"),
        (float("nan"), ("day",), "nan days"),
    ],
)
def test_so_many_in_words(number: float, words: tuple[str, ...], said: str) -> None:
    assert counted(number, *words) == said
