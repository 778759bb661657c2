"""Length-prefixed parts: read back as written, bounded, and nothing before, between or after."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.registry.format import BundleRefusal, BundleRefused, joined
from edge.registry.format.framing import split, split_head, split_whole

MAGIC = b"gatepost test 1\n"
PARTS = st.lists(st.binary(max_size=50), max_size=5)


@given(PARTS)
def test_parts_come_back(parts: list[bytes]) -> None:
    assert list(split(joined(parts), most=50)) == parts
    whole = split_whole(MAGIC + joined(parts), MAGIC, (50,) * len(parts))
    assert [bytes(part) for part in whole] == parts


@given(PARTS, PARTS)
def test_the_head_is_read_without_the_rest(first: list[bytes], rest: list[bytes]) -> None:
    head = MAGIC + joined(first)
    parts, end = split_head(head + joined(rest), MAGIC, (50,) * len(first))
    assert ([bytes(part) for part in parts], end) == (first, len(head))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", BundleRefusal.UNREADABLE),
        (b"GATEPOST TEST 1\n" + joined([b"a", b"b"]), BundleRefusal.UNREADABLE),
        (MAGIC, BundleRefusal.UNREADABLE),
        (MAGIC + joined([b"a"]), BundleRefusal.UNREADABLE),
        (MAGIC + joined([b"a", b"b"])[:-1], BundleRefusal.UNREADABLE),
        (MAGIC + joined([b"a", b"b"]) + b"x", BundleRefusal.UNREADABLE),
        (MAGIC + joined([b"a", b"too long"]), BundleRefusal.TOO_LARGE),
        (MAGIC + joined([b"a"]) + b"\xff\xff\xff\xff", BundleRefusal.TOO_LARGE),
    ],
)
def test_what_is_refused_and_why(data: bytes, expected: BundleRefusal) -> None:
    with pytest.raises(BundleRefused) as caught:
        split_whole(data, MAGIC, (5, 5))
    assert caught.value.refusal is expected
