"""Cursors: what was given out comes back, anything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.web.paging import NoSuchPage, cursor_of, key_of

Key = tuple[int, str, int]
keys = st.tuples(st.integers(-(2**63), 2**63 - 1), st.text(max_size=60), st.integers(0, 2**62))


@given(keys)
def test_a_cursor_holds_its_key(key: Key) -> None:
    cursor = cursor_of(key)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert key_of(cursor, tuple[int, str, int]) == key


@pytest.mark.parametrize("none", [None, ""])
def test_without_a_cursor_the_rows_begin_at_the_newest(none: str | None) -> None:
    assert key_of(none, tuple[int, str, int]) is None


@given(st.text(max_size=80).filter(bool))
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(NoSuchPage, match="begin at the newest rows"):
        key_of(text, tuple[int, str, int])


@pytest.mark.parametrize("other", [cursor_of((1, 2, 3)), cursor_of((1, "a")), cursor_of((1, "a" * 400, 1))])
def test_a_key_of_another_list_is_refused(other: str) -> None:
    with pytest.raises(NoSuchPage):
        key_of(other, tuple[int, str, int])
