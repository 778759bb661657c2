"""COSE_Sign1 in one shape and one encoding: anything else is refused before a key is asked."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import CredentialError
from edge.signing.cose import sign1

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
SIGNED = sign1.sign(b"payload", KEY, context=b"one")
PROTECTED, _, PAYLOAD, SIGNATURE = cbor2.loads(SIGNED).value


def test_the_payload_comes_back_and_the_key_is_named() -> None:
    message = sign1.parse(SIGNED, most_payload_bytes=7)
    assert message.key_id == sign1.key_id_of(PUBLIC)
    assert sign1.verified(message, PUBLIC, context=b"one") == b"payload"


@pytest.mark.parametrize(
    ("key", "context"), [(OTHER, b"one"), (PUBLIC, b"two"), (PUBLIC, b""), (b"short", b"one")]
)
def test_another_key_or_context_is_a_forgery(key: bytes, context: bytes) -> None:
    message = sign1.parse(SIGNED, most_payload_bytes=7)
    with pytest.raises(sign1.SignatureRefused):
        sign1.verified(message, key, context=context)


def tagged(*parts: Any, tag: int = 18) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(tag, list(parts)), canonical=True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (cbor2.dumps([PROTECTED, {}, PAYLOAD, SIGNATURE]), "not a COSE_Sign1 message"),
        (tagged(PROTECTED, {}, PAYLOAD, SIGNATURE, tag=98), "tag 98"),
        (tagged(PROTECTED, {}, PAYLOAD), "four parts"),
        (tagged(PROTECTED, {}, "text", SIGNATURE), "bytes for header"),
        (tagged(PROTECTED, {1: -8}, PAYLOAD, SIGNATURE), "unprotected header"),
        (tagged(PROTECTED, {}, PAYLOAD, SIGNATURE[:-1]), "signature that is not Ed25519's"),
        (tagged(cbor2.dumps({1: -7, 4: bytes(8)}), {}, PAYLOAD, SIGNATURE), "protected header other"),
        (tagged(cbor2.dumps({1: -8, 4: bytes(7)}), {}, PAYLOAD, SIGNATURE), "protected header other"),
        (tagged(PROTECTED, {}, bytes(200), SIGNATURE), "at most"),
        (SIGNED.replace(b"\x47payload", b"\x58\x07payload"), "a head could be shorter"),
    ],
)
def test_any_other_shape_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(CredentialError, match=words):
        sign1.parse(data, most_payload_bytes=7)


@given(st.integers(0, len(SIGNED) - 1), st.integers(0, 7))
def test_no_altered_bit_is_believed(place: int, bit: int) -> None:
    altered = bytearray(SIGNED)
    altered[place] ^= 1 << bit
    with pytest.raises(CredentialError):
        sign1.verified(sign1.parse(bytes(altered), most_payload_bytes=300), PUBLIC, context=b"one")


@pytest.mark.parametrize("size", [0, 1, 23, 24, 255, 256, 65_535, 65_536])
def test_a_payload_of_any_size_is_written_as_a_library_for_cbor_writes_it(size: int) -> None:
    payload = bytes(size)
    signed = sign1.sign(payload, KEY, context=b"one")
    message = sign1.parse(signed, most_payload_bytes=size)
    library = [
        cbor2.dumps({1: -8, 4: sign1.key_id_of(PUBLIC)}, canonical=True),
        {},
        payload,
        message.signature,
    ]
    assert signed == tagged(*library)
    Ed25519PublicKey.from_public_bytes(PUBLIC).verify(
        message.signature, cbor2.dumps(["Signature1", message.protected, b"one", payload], canonical=True)
    )
    assert sign1.verified(message, PUBLIC, context=b"one") == payload
