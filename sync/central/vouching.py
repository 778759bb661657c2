"""Values that a centre signs for people to take along: they are checked elsewhere, without it."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import CredentialError, GatepostError
from edge.signing.cose import CborLimits, Keys, decode_value, encode_value, sign1
from edge.support.decoding import Undecodable

_Value = TypeVar("_Value", bound=msgspec.Struct)


def vouched(value: msgspec.Struct, key: Ed25519PrivateKey, context: bytes) -> bytes:
    """The value as COSE Sign1 (RFC 9052, section 4.2) by central's `key`; `context` says what it is for."""
    return sign1.sign(encode_value(value), key, context=context)


def believed(
    data: bytes,
    kind: type[_Value],
    keys: Keys,
    context: bytes,
    limits: CborLimits,
    refused: type[GatepostError],
    what: str,
) -> _Value:
    """The `kind` in `data`, signed by one of `keys` for this `context`. Raises `refused`, which says
    `what` it is not.
    """
    try:
        message = sign1.parse(data, most_payload_bytes=limits.size)
        public = keys.get(message.key_id)
        if public is None:
            raise refused(
                f"is signed by the key {message.key_id.hex()}, which is not among those given",
                remedy="--key with the public key of the centre that made it (central.pub)",
            )
        value: _Value = decode_value(sign1.verified(message, public, context=context), kind, limits)
    except (CredentialError, Undecodable) as error:
        raise refused(f"is not {what}: {error}") from None
    return value
