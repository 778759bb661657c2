"""Seals what the door gives a device to that device alone: HPKE (RFC 9180) in its base mode, with X25519,
HKDF-SHA256 and AES-256-GCM. The device's id is bound into it.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from edge.errors import GatepostError

SEALING_KEY_BYTES: Final = 32
_INFO: Final = b"gatepost gate invitation 1: material for "


class SealError(GatepostError):
    """Something is not sealed for this key, or the key is none."""


def seal_for(data: bytes, key: bytes, device: str) -> bytes:
    """`data` sealed to the X25519 public `key` (32 bytes) of `device`. Raises SealError."""
    try:
        public = X25519PublicKey.from_public_bytes(key)
        sealed: bytes = _suite().encrypt(data, public, _info(device))
    except ValueError:
        raise SealError("not an X25519 public key", where=device) from None
    return sealed


def open_sealed(sealed: bytes, key: X25519PrivateKey, device: str) -> bytes:
    """What was sealed to `key` for `device`. Raises SealError."""
    try:
        data: bytes = _suite().decrypt(sealed, key, _info(device))
    except (InvalidTag, ValueError):
        raise SealError("is not sealed for this device", where=device) from None
    return data


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _info(device: str) -> bytes:
    return _INFO + device.encode()
