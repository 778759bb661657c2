"""Which chunks are asked for: a few at once, again after a while, and never what has arrived."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.agent.core.outstanding_chunks import FetchPace, OutstandingChunks

NAME, OTHER = b"a" * 32, b"b" * 32
PACE = FetchPace(outstanding=3, ask_again_after=30.0)


@pytest.mark.parametrize(
    ("what", "questions", "asked"),
    [
        ("the first few", [(0.0, NAME, range(9))], [(0, 1, 2)]),
        ("all, if they are few", [(0.0, NAME, range(2))], [(0, 1)]),
        ("none, if none is missing", [(0.0, NAME, ())], [()]),
        (
            "none, while as many are outstanding",
            [(0.0, NAME, range(9)), (29.9, NAME, range(9))],
            [(0, 1, 2), ()],
        ),
        (
            "the same again after a while",
            [(0.0, NAME, range(9)), (30.0, NAME, range(9))],
            [(0, 1, 2), (0, 1, 2)],
        ),
        ("one for each that arrived", [(0.0, NAME, range(9)), (1.0, NAME, (1, 2, 3, 4))], [(0, 1, 2), (3,)]),
        ("another object at once", [(0.0, NAME, range(9)), (1.0, OTHER, range(9))], [(0, 1, 2), (0, 1, 2)]),
    ],
)
def test_which_chunks_are_asked_for(
    what: str, questions: list[tuple[float, bytes, range]], asked: list[tuple[int, ...]]
) -> None:
    outstanding = OutstandingChunks()
    assert [outstanding.next(name, missing, now, PACE) for now, name, missing in questions] == asked, what


@given(
    st.lists(
        st.tuples(st.floats(0.0, 20.0), st.sets(st.integers(0, 9)), st.integers(0, 9)),
        min_size=1,
        max_size=30,
    )
)
def test_no_more_than_the_pace_are_outstanding_and_none_is_forgotten(
    steps: list[tuple[float, set[int], int]],
) -> None:
    """In each step time passes and some chunks arrive; a chunk may also be found missing again."""
    outstanding, now = OutstandingChunks(), 0.0
    missing, last_asked = set(range(10)), dict[int, float]()
    for pause, arrived, lost in steps:
        now += pause
        missing = (missing - arrived) | {lost}
        last_asked = {index: at for index, at in last_asked.items() if index in missing}
        waiting = {index for index, at in last_asked.items() if at > now - PACE.ask_again_after}
        chunks = outstanding.next(NAME, sorted(missing), now, PACE)
        assert not waiting & set(chunks), "what is outstanding is not asked for twice"
        assert set(chunks) <= missing
        assert len(chunks) == min(PACE.outstanding - len(waiting), len(missing) - len(waiting))
        last_asked.update(dict.fromkeys(chunks, now))
