"""Seals what the door gives a device to that device alone (`edge.signing.hpke`); its id is bound into it."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.signing.hpke import SEALING_KEY_BYTES, SealError, open_sealed_to, seal_to

__all__ = ["SEALING_KEY_BYTES", "SealError", "open_sealed", "seal_for"]

_INFO: Final = b"gatepost gate invitation 1: material for "


def seal_for(data: bytes, key: bytes, device: str) -> bytes:
    """`data` sealed to the X25519 public `key` (32 bytes) of `device`. Raises SealError."""
    return seal_to(data, key, _info(device), device)


def open_sealed(sealed: bytes, key: X25519PrivateKey, device: str) -> bytes:
    """What was sealed to `key` for `device`. Raises SealError."""
    return open_sealed_to(sealed, key, _info(device), device)


def _info(device: str) -> bytes:
    return _INFO + device.encode()
