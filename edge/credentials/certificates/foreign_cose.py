"""COSE_Sign1 as other issuers write it: ES256 or PS256, with tag 18, tags 61 and 18, or none.

More lenient than `sign1`: these messages are signed elsewhere, and not always in the same shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from edge.credentials.trust import CountryKey
from edge.errors import CredentialError
from edge.signing.cose import CborLimits, decode_cbor

ES256, PS256 = -7, -37
"""ECDSA and RSASSA-PSS, both with SHA-256 (RFC 9053, section 2.1; RFC 8230, section 2)."""

_ALGORITHM, _KEY_ID = 1, 4
_SIGN1, _CWT = 18, 61
_LIMITS = CborLimits(4_096, depth=4, items=32, tags=frozenset({_SIGN1, _CWT}), deterministic=False)
_HEADER = CborLimits(512, depth=2, items=16, deterministic=False)
_P256_SIGNATURE = 64
_LEAST_RSA_BITS = 2_048


class WrongKey(CredentialError):
    """The key cannot have made a signature of this algorithm."""


class WrongSignature(CredentialError):
    """The signature does not verify: another key, or other bytes."""


@dataclass(frozen=True)
class ForeignMessage:
    """A parsed message, NOT yet verified. `key_id` None: it names no key."""

    algorithm: int
    key_id: bytes | None
    protected: bytes
    payload: bytes
    signature: bytes


def parse_foreign(data: bytes) -> ForeignMessage:
    """The message in `data`, unverified; raises CredentialError.

    The protected header counts; only for what it leaves out, the unprotected one does. An unprotected
    algorithm does no harm, since each kind of key is used with one algorithm only.
    """
    message = decode_cbor(data, _LIMITS)
    for tag in (_CWT, _SIGN1):
        if isinstance(message, cbor2.CBORTag) and message.tag == tag:
            message = message.value
    if not isinstance(message, list) or len(message) != 4:
        raise CredentialError("a COSE_Sign1 message has four parts")
    protected, unprotected, payload, signature = message
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise CredentialError("a COSE_Sign1 message has bytes for header, payload and signature")
    header = decode_cbor(protected, _HEADER) if protected else {}
    if not isinstance(header, dict) or not isinstance(unprotected, dict):
        raise CredentialError("a COSE header is a map")
    key_id = header.get(_KEY_ID, unprotected.get(_KEY_ID))
    algorithm = header.get(_ALGORITHM, unprotected.get(_ALGORITHM))
    if algorithm not in (ES256, PS256):
        raise CredentialError(f"algorithm {algorithm!r}, expected ES256 or PS256")
    if key_id is not None and not isinstance(key_id, bytes):
        raise CredentialError("a key id is bytes")
    return ForeignMessage(algorithm, key_id, protected, payload, signature)


def verify_foreign(message: ForeignMessage, key: CountryKey) -> None:
    """Raises WrongKey or WrongSignature unless `key` signed `message`."""
    signed = cbor2.dumps(["Signature1", message.protected, b"", message.payload])
    try:
        if message.algorithm == ES256:
            verify_es256(key, message.signature, signed)
        else:
            _verify_ps256(key, message.signature, signed)
    except InvalidSignature:
        raise WrongSignature("the signature is not that of the key it names") from None


def verify_es256(key: object, signature: bytes, signed: bytes) -> None:
    """ECDSA on P-256 with SHA-256, the signature as r and s of 32 bytes each; raises InvalidSignature."""
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise WrongKey("ES256 with a key that is not on P-256")
    if len(signature) != _P256_SIGNATURE:
        raise WrongSignature(f"an ES256 signature has {_P256_SIGNATURE} bytes")
    half = _P256_SIGNATURE // 2
    der = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    key.verify(der, signed, ec.ECDSA(hashes.SHA256()))


def _verify_ps256(key: object, signature: bytes, signed: bytes) -> None:
    if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_RSA_BITS:
        raise WrongKey(f"PS256 with a key that is not RSA of {_LEAST_RSA_BITS} bits or more")
    digest = hashes.SHA256()
    key.verify(signature, signed, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)


def cbor_map(data: bytes, limits: CborLimits) -> dict[Any, Any]:
    """The map that `data` is; raises CredentialError."""
    value = decode_cbor(data, limits)
    if not isinstance(value, dict):
        raise CredentialError("expected a CBOR map")
    return value
