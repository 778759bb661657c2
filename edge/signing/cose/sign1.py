"""COSE_Sign1 (RFC 9052, section 4.2) with Ed25519, in the one shape that Gatepost signs and accepts.

    18([protected: bstr {1: -8, 4: key id}, {}, payload: bstr, signature: bstr of 64 bytes])

The format allows many more shapes; each one accepted would be one more way to write the same thing in other
bytes. Ed25519, because nobody can turn one valid signature into another, as is possible with ECDSA.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edge.errors import CredentialError
from edge.signing.cose.bounded_cbor import CborLimits, decode_cbor

KEY_ID_BYTES = 8
SIGNATURE_BYTES = 64

_SIGN1 = 18
_OVERHEAD = 128
"""Upper bound, in bytes, of everything around a payload."""

# The one encoding, in its pieces: the head of each part that is always the same.
_SIGN1_OF_FOUR = b"\xd2\x84"
_HEADER_BEFORE_KEY_ID = b"\xa2\x01\x27\x04\x48"  # 1: -8 (EdDSA, RFC 9053, 2.2), 4: a string of 8 bytes
_UNPROTECTED = b"\xa0"
_SIGNATURE_HEAD = b"\x58\x40"
_SIGNATURE1_OF_FOUR = b"\x84\x6aSignature1"
_KEY_ID_AT = len(_SIGN1_OF_FOUR) + 1 + len(_HEADER_BEFORE_KEY_ID)
_MORE_OF_HEAD = {b"\x58": 1, b"\x59": 2, b"\x5a": 4}
"""How many bytes more the head of a byte string has, by its first."""


class SignatureRefused(CredentialError):
    """The signature does not verify: another key, or other bytes."""


@dataclass(frozen=True)
class SignedMessage:
    """A parsed message, NOT yet verified: use `payload` only as `verified` returns it."""

    key_id: bytes
    protected: bytes
    payload: bytes
    signature: bytes


def key_id_of(public_key: bytes) -> bytes:
    """The name of an Ed25519 public key (32 bytes raw): the first 8 bytes of its SHA-256."""
    return hashlib.sha256(public_key).digest()[:KEY_ID_BYTES]


def sign(payload: bytes, private_key: Ed25519PrivateKey, *, context: bytes = b"") -> bytes:
    """`payload` signed. `context` says what it is for (the external data of RFC 9052, section 4.3).

    A signature made in one context is none in another, no matter who holds the key.
    """
    protected = protected_header(key_id_of(private_key.public_key().public_bytes_raw()))
    signature = private_key.sign(_to_be_signed(protected, payload, context))
    return _message(SignedMessage(b"", protected, payload, signature))


def parse(data: bytes, *, most_payload_bytes: int) -> SignedMessage:
    """The message in `data`, unverified; raises CredentialError for any other shape or encoding."""
    if len(data) <= most_payload_bytes + _OVERHEAD:
        key_id_at, payload_at = _KEY_ID_AT, _KEY_ID_AT + KEY_ID_BYTES + len(_UNPROTECTED)
        payload_at += 1 + _MORE_OF_HEAD.get(data[payload_at : payload_at + 1], 0)
        found = SignedMessage(
            key_id := data[key_id_at : key_id_at + KEY_ID_BYTES],
            protected_header(key_id),
            data[payload_at : -SIGNATURE_BYTES - len(_SIGNATURE_HEAD)],
            data[-SIGNATURE_BYTES:],
        )
        if _message(found) == data:  # there is no other way to write it
            return found
    raise _refusal(data, most_payload_bytes)


def verified(message: SignedMessage, public_key: bytes, *, context: bytes = b"") -> bytes:
    """The payload, verified as signed by `public_key` (32 bytes raw); raises SignatureRefused."""
    to_be_signed = _to_be_signed(message.protected, message.payload, context)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(message.signature, to_be_signed)
    except (InvalidSignature, ValueError):
        raise SignatureRefused("the signature is not that of the key it names") from None
    return message.payload


def protected_header(key_id: bytes) -> bytes:
    """The one protected header that is accepted: {algorithm: EdDSA, key id}."""
    return _HEADER_BEFORE_KEY_ID + key_id


def key_id_in(protected: bytes) -> bytes:
    """The key id of a protected header in its one encoding; raises CredentialError for any other."""
    key_id = protected[-KEY_ID_BYTES:]  # the last of the header's one encoding
    if protected_header(key_id) != protected:
        raise CredentialError("a protected header other than {algorithm: EdDSA, key id: 8 bytes}")
    return key_id


def byte_string(data: bytes) -> bytes:
    """`data` as CBOR's byte string, with the shortest head."""
    size = len(data)
    if size < 24:
        return bytes((0x40 + size,)) + data
    if size < 1 << 8:
        return bytes((0x58, size)) + data
    width, initial = (2, b"\x59") if size < 1 << 16 else (4, b"\x5a")
    return initial + size.to_bytes(width) + data


def _message(message: SignedMessage) -> bytes:
    return b"".join(
        (
            _SIGN1_OF_FOUR,
            byte_string(message.protected),
            _UNPROTECTED,
            byte_string(message.payload),
            byte_string(message.signature),
        )
    )


def _to_be_signed(protected: bytes, payload: bytes, context: bytes) -> bytes:
    """The Sig_structure of RFC 9052, section 4.4."""
    return b"".join((_SIGNATURE1_OF_FOUR, byte_string(protected), byte_string(context), byte_string(payload)))


def _refusal(data: bytes, most_payload_bytes: int) -> CredentialError:
    """What is wrong with bytes that are not a message in the one encoding."""
    limits = CborLimits(most_payload_bytes + _OVERHEAD, depth=3, items=8, tags=frozenset({_SIGN1}))
    try:
        message = decode_cbor(data, limits)
        if not isinstance(message, cbor2.CBORTag) or message.tag != _SIGN1:
            return CredentialError("not a COSE_Sign1 message")
        parts = message.value
        if not isinstance(parts, list) or len(parts) != 4:
            return CredentialError("a COSE_Sign1 message has four parts")
        protected, unprotected, payload, signature = parts
        if not all(isinstance(part, bytes) for part in (protected, payload, signature)):
            return CredentialError("a COSE_Sign1 message has bytes for header, payload and signature")
        if unprotected != {} or len(signature) != SIGNATURE_BYTES:
            return CredentialError("an unprotected header, or a signature that is not Ed25519's")
        key_id_in(protected)
    except CredentialError as error:
        return error
    return CredentialError("not in the one deterministic encoding")
