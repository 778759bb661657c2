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

ED25519 = -8
"""The algorithm EdDSA of RFC 9053, section 2.2; our keys are always on Curve25519."""

KEY_ID_BYTES = 8
SIGNATURE_BYTES = 64

_SIGN1 = 18
_ALGORITHM, _KEY_ID = 1, 4
_OVERHEAD = 128
"""Upper bound, in bytes, of everything around a payload."""


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
    limits = CborLimits(most_payload_bytes + _OVERHEAD, depth=3, items=8, tags=frozenset({_SIGN1}))
    message = decode_cbor(data, limits)
    if not isinstance(message, cbor2.CBORTag) or message.tag != _SIGN1:
        raise CredentialError("not a COSE_Sign1 message")
    parts = message.value
    if not isinstance(parts, list) or len(parts) != 4:
        raise CredentialError("a COSE_Sign1 message has four parts")
    protected, unprotected, payload, signature = parts
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise CredentialError("a COSE_Sign1 message has bytes for header, payload and signature")
    if unprotected != {} or len(signature) != SIGNATURE_BYTES:
        raise CredentialError("an unprotected header, or a signature that is not Ed25519's")
    envelope = SignedMessage(key_id_in(protected), protected, payload, signature)
    if _message(envelope) != data:
        raise CredentialError("not in the one deterministic encoding")
    return envelope


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
    return cbor2.dumps({_ALGORITHM: ED25519, _KEY_ID: key_id}, canonical=True)


def key_id_in(protected: bytes) -> bytes:
    """The key id of a protected header in its one encoding; raises CredentialError for any other."""
    key_id = protected[-KEY_ID_BYTES:]  # the last of the header's one encoding
    if protected_header(key_id) != protected:
        raise CredentialError("a protected header other than {algorithm: EdDSA, key id: 8 bytes}")
    return key_id


def _message(message: SignedMessage) -> bytes:
    parts = [message.protected, {}, message.payload, message.signature]
    return cbor2.dumps(cbor2.CBORTag(_SIGN1, parts), canonical=True)


def _to_be_signed(protected: bytes, payload: bytes, context: bytes) -> bytes:
    """The Sig_structure of RFC 9052, section 4.4."""
    return cbor2.dumps(["Signature1", protected, context, payload], canonical=True)
