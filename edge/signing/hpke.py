"""Seals bytes to one reader's key: HPKE (RFC 9180), base mode, with X25519, HKDF-SHA256 and AES-256-GCM.

What it is for is bound into it (`info`), so that nothing sealed for one use is opened as another.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from edge.errors import GatepostError

SEALING_KEY_BYTES: Final = 32


class SealError(GatepostError):
    """Something is not sealed for this key, or the key is none."""


def seal_to(data: bytes, key: bytes, info: bytes, where: str) -> bytes:
    """`data` sealed to the X25519 public `key` (32 bytes). Raises SealError, with `where`."""
    try:
        public = X25519PublicKey.from_public_bytes(key)
        sealed: bytes = _suite().encrypt(data, public, info)
    except ValueError:
        raise SealError("not an X25519 public key", where=where) from None
    return sealed


def open_sealed_to(sealed: bytes, key: X25519PrivateKey, info: bytes, where: str) -> bytes:
    """What was sealed to `key` with this `info`. Raises SealError, with `where`."""
    try:
        data: bytes = _suite().decrypt(sealed, key, info)
    except (InvalidTag, ValueError):
        raise SealError("is not sealed for this device", where=where) from None
    return data


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
