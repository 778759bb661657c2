"""Untrusted DEFLATE: bounded, whole, or refused."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import CredentialError
from edge.support.bounded_inflate import Framing, inflate


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
