"""Bytes from strangers, judged before they are decoded."""

from __future__ import annotations

import zlib
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.encodings.base45_text import decode_base45, encode_base45
from edge.errors import CredentialError
from edge.signing.cose import CborLimits, decode_cbor
from edge.support.bounded_inflate import Framing, inflate

WIDE = CborLimits(10_000, depth=20, items=10_000, tags=frozenset({0}), deterministic=False)

values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(-(2**64), 2**64 - 1), inner),
    max_leaves=20,
)


@given(values)
def test_what_keeps_within_the_limits_is_decoded(value: Any) -> None:
    assert decode_cbor(cbor2.dumps(value), WIDE) == value


@given(st.binary(max_size=200))
def test_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        decode_cbor(data, WIDE)
    except CredentialError:
        return
    cbor2.loads(data)


@pytest.mark.parametrize(
    ("data", "limits", "words"),
    [
        ("", CborLimits(9), "cut off"),
        ("9bffffffffffffffff", CborLimits(9), "cut off"),
        ("bbffffffffffffffff", CborLimits(9), "cut off"),
        ("5bffffffffffffffff", CborLimits(9), "cut off"),
        ("1a00", CborLimits(9), "cut off"),
        ("00" * 10, CborLimits(9), "at most 9"),
        ("0000", CborLimits(9), "follow"),
        ("8181818100", CborLimits(9, depth=3), "deeper than 3"),
        ("9f9f9f9f00", CborLimits(9, depth=3, deterministic=False), "deeper than 3"),
        ("8400000000", CborLimits(9, items=4), "more than 4 items"),
        ("c000", CborLimits(9), "tag 0"),
        ("9fff", CborLimits(9), "length"),
        ("7f6161ff", CborLimits(9), "length"),
        ("7f4161ff", CborLimits(9, deterministic=False), "another type"),
        ("7f7f6161ffff", CborLimits(9, deterministic=False), "another type"),
        ("ff", CborLimits(9, deterministic=False), "not allowed"),
        ("1c", CborLimits(9), "length"),
        ("f94000", CborLimits(9), "not allowed"),
        ("f7", CborLimits(9), "not allowed"),
        ("f8ff", CborLimits(9), "not allowed"),
        ("a1f500", CborLimits(9), "key"),
        ("a1800000", CborLimits(9), "key"),
        ("62c328", CborLimits(9), "readable"),
        ("c0647878787a", CborLimits(9, tags=frozenset({0})), "readable"),
    ],
)
def test_cbor_that_is_refused(data: str, limits: CborLimits, words: str) -> None:
    with pytest.raises(CredentialError, match=words):
        decode_cbor(bytes.fromhex(data), limits)


@given(st.binary(max_size=300))
def test_inflated_is_what_was_deflated(data: bytes) -> None:
    assert inflate(zlib.compress(data), most_bytes=300, framing=Framing.ZLIB) == data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "cut off"),
        (b"no deflate", "not DEFLATE"),
        (zlib.compress(b"x" * 101), "more than 100"),
        (zlib.compress(bytes(1 << 20))[:1_024], "more than 100"),
        (zlib.compress(b"x" * 100)[:-1], "cut off"),
        (zlib.compress(b"x" * 100) + b"y", "follow"),
        (zlib.compress(b"x" * 100)[:-1] + b"y", "not DEFLATE"),
    ],
)
def test_compression_that_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(CredentialError, match=words):
        inflate(data, most_bytes=100, framing=Framing.ZLIB)


@given(st.binary(max_size=300))
def test_base45_there_and_back(data: bytes) -> None:
    assert decode_base45(encode_base45(data), most_characters=500) == data


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:\n\r", max_size=30))
def test_no_two_texts_are_the_same_bytes(text: str) -> None:
    try:
        data = decode_base45(text, most_characters=30)
    except CredentialError:
        return
    assert encode_base45(data) == text


def test_the_examples_of_rfc_9285() -> None:
    assert encode_base45(b"ietf!") == "QED8WEX0"
    for text in ("GGW", ":::", "A", "AAAA", "a0", "００", "00\n"):
        with pytest.raises(CredentialError):
            decode_base45(text, most_characters=10)
