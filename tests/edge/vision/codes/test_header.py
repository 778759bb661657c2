"""The header of a code that is a part of several: read from its modules, or not there."""

from __future__ import annotations

import numpy as np
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.credentials.structured_append import Joined, joined
from edge.vision.codes.header import AppendHeader, header_of
from edge.vision.codes.reader import Variant
from tests.edge.vision.drawn import READER, drawn
from tests.examples import tried


@settings(max_examples=tried(40))
@given(
    text=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $%*+-./:abc", min_size=40, max_size=1500),
    total=st.integers(2, 16),
    level=st.sampled_from("lmqh"),
)
def test_parts_are_known_by_the_codes_themselves(text: str, total: int, level: str) -> None:
    codes = segno.make_sequence(text, symbol_count=total, error=level, boost_error=False)
    read_parts = [READER.read_codes(drawn(code), Variant.AS_IS)[0].text for code in codes]
    assert joined(reversed(read_parts)) == (Joined(text) if total > 1 else None)


@settings(max_examples=tried(40))
@given(text=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abc", min_size=1, max_size=600))
def test_an_ordinary_code_is_not_a_part(text: str) -> None:
    [code] = READER.read_codes(drawn(segno.make_qr(text)), Variant.AS_IS)
    assert code.text == text


def test_a_header_is_read_whichever_way_the_code_lies() -> None:
    [first, *_] = segno.make_sequence("GP1:" + "ABC" * 60, symbol_count=3)
    for turns in range(4):
        [code] = READER.read_codes(np.ascontiguousarray(np.rot90(drawn(first), turns)), Variant.AS_IS)
        assert code.text.startswith("qr-part:1/3:")


@given(st.integers(1, 40), st.sampled_from("LMQH"), st.integers(0, 7), st.integers(0, 2**32 - 1))
def test_any_modules_have_a_header_or_none(version: int, level: str, mask: int, seed: int) -> None:
    size = 17 + 4 * version
    modules = np.random.default_rng(seed).integers(0, 2, (size, size)).astype(bool)
    header = header_of(modules, version, level, mask, b"any")
    assert header is None or (1 <= header.number <= header.total <= 16 and isinstance(header, AppendHeader))
    assert header_of(modules[:-1], version, level, mask, b"any") is None
