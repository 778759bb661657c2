"""Base45 is strict: one text for the bytes, and no other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.encodings.base45_text import decode_base45, encode_base45
from edge.errors import CredentialError


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
