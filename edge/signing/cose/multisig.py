"""COSE_Sign (RFC 9052, section 4.1): one payload signed by several Ed25519 keys. PURE.

    98([h'', {}, payload: bstr, [[protected: bstr {1: -8, 4: key id}, {}, signature: bstr of 64 bytes], ...]])

One shape, one encoding, as in `sign1`; the signatures stand in the order of their key ids, each id once, so
that no key can be counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edge.errors import CredentialError
from edge.signing.cose.bounded_cbor import CborLimits, decode_cbor
from edge.signing.cose.sign1 import SIGNATURE_BYTES, key_id_in, key_id_of, protected_header

MOST_SIGNATURES = 16
_SIGN = 98
_OVERHEAD = 128 * (MOST_SIGNATURES + 1)


@dataclass(frozen=True)
class MultiSigned:
    """A payload and its signatures by key id; NOT yet verified: `signers` tells who signed it."""

    payload: bytes
    signatures: Mapping[bytes, bytes]

    def signers(self, keys: Iterable[bytes], *, context: bytes) -> frozenset[bytes]:
        """Those of `keys` (raw Ed25519) whose signature over the payload, in `context`, is valid."""
        return frozenset(key for key in keys if self._signed_by(key, context))

    def _signed_by(self, key: bytes, context: bytes) -> bool:
        key_id = key_id_of(key)
        signature = self.signatures.get(key_id)
        if signature is None:
            return False
        try:
            to_be_signed = _to_be_signed(protected_header(key_id), self.payload, context)
            Ed25519PublicKey.from_public_bytes(key).verify(signature, to_be_signed)
        except (InvalidSignature, ValueError):
            return False
        return True


def signed_also(message: MultiSigned, key: Ed25519PrivateKey, *, context: bytes) -> MultiSigned:
    """`message` with the signature of `key` added."""
    key_id = key_id_of(key.public_key().public_bytes_raw())
    signature = key.sign(_to_be_signed(protected_header(key_id), message.payload, context))
    return MultiSigned(message.payload, {**message.signatures, key_id: signature})


def encode(message: MultiSigned) -> bytes:
    """The message in its one deterministic encoding."""
    signatures = [
        [protected_header(key_id), {}, message.signatures[key_id]] for key_id in sorted(message.signatures)
    ]
    return cbor2.dumps(cbor2.CBORTag(_SIGN, [b"", {}, message.payload, signatures]), canonical=True)


def parse(data: bytes, *, most_payload_bytes: int) -> MultiSigned:
    """The message in `data`, unverified; raises CredentialError for any other shape or encoding."""
    items = 8 + 6 * MOST_SIGNATURES
    limits = CborLimits(most_payload_bytes + _OVERHEAD, depth=5, items=items, tags=frozenset({_SIGN}))
    message = decode_cbor(data, limits)
    if not isinstance(message, cbor2.CBORTag) or message.tag != _SIGN:
        raise CredentialError("not a COSE_Sign message")
    parts = message.value
    if not isinstance(parts, list) or len(parts) != 4 or parts[:2] != [b"", {}]:
        raise CredentialError("a COSE_Sign message has four parts, of which the first two are empty")
    payload, listed = parts[2], parts[3]
    if not isinstance(payload, bytes) or not isinstance(listed, list) or len(listed) > MOST_SIGNATURES:
        raise CredentialError(f"a COSE_Sign message has a payload and at most {MOST_SIGNATURES} signatures")
    signed = MultiSigned(payload, dict(_signature(item) for item in listed))
    if encode(signed) != data:
        raise CredentialError("not in the one deterministic encoding")
    return signed


def _signature(item: object) -> tuple[bytes, bytes]:
    match item:
        case [bytes() as protected, {}, bytes() as signature] if len(signature) == SIGNATURE_BYTES:
            return key_id_in(protected), signature
    raise CredentialError("a signature is {algorithm: EdDSA, key id}, nothing, and 64 bytes")


def _to_be_signed(protected: bytes, payload: bytes, context: bytes) -> bytes:
    """The Sig_structure of RFC 9052, section 4.4, for one of the signers."""
    return cbor2.dumps(["Signature", b"", protected, context, payload], canonical=True)
