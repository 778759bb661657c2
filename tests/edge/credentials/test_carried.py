"""Parts of a code as text: each comes back, and no other text is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.carried import MOST_PARTS, CodePart, part_in, text_of


@given(
    st.integers(2, MOST_PARTS).flatmap(lambda total: st.tuples(st.integers(1, total), st.just(total))),
    st.integers(0, 255),
    st.text(),
)
def test_a_part_comes_back(place: tuple[int, int], parity: int, text: str) -> None:
    part = CodePart(*place, parity, text)
    assert part_in(text_of(part)) == part


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "qr-part:1/1:00:a",
        "qr-part:0/2:00:a",
        "qr-part:3/2:00:a",
        "qr-part:1/17:00:a",
        "qr-part:1/2:0:a",
        "qr-part:1/2:0G:a",
        "qr-part:１/2:00:a",
        " qr-part:1/2:00:a",
    ],
)
def test_any_other_text_is_not_a_part(text: str) -> None:
    assert part_in(text) is None
