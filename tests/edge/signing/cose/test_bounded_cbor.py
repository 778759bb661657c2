"""Untrusted CBOR: judged before it is decoded."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import CredentialError
from edge.signing.cose import CborLimits, decode_cbor

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


def test_what_lies_behind_a_tag_is_read_alike_whichever_way_the_library_gives_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From cbor2 6 on it gives tuples and frozen maps there."""
    frozen = cbor2.CBORTag(18, (b"", MappingProxyType({}), (1, 2)))
    monkeypatch.setattr(cbor2, "loads", lambda _: frozen)
    message = decode_cbor(b"\xd2\x80", CborLimits(10, tags=frozenset({18})))
    assert message.value == [b"", {}, [1, 2]]
    assert isinstance(message.value[1], dict)
