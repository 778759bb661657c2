"""What the door seals opens with one key, for one device."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.gate_invitation.sealing import SealError, open_sealed, seal_for


def key() -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(random.randbytes(32))


def test_only_the_key_and_the_device_that_it_was_sealed_for_open_it() -> None:
    mine = key()
    sealed = seal_for(b"the key of templates", mine.public_key().public_bytes_raw(), "gate-1")
    assert b"templates" not in sealed
    assert open_sealed(sealed, mine, "gate-1") == b"the key of templates"
    for wrong, opener, device in (
        (sealed, key(), "gate-1"),
        (sealed, mine, "gate-2"),
        (sealed[:-1], mine, "gate-1"),
        (bytes([sealed[0] ^ 1]) + sealed[1:], mine, "gate-1"),
        (b"", mine, "gate-1"),
    ):
        with pytest.raises(SealError):
            open_sealed(wrong, opener, device)


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(32), bytes(33)])
def test_nothing_is_sealed_to_what_is_no_key(public: bytes) -> None:
    """Thirty-two zeros are a point by which every shared secret is the same."""
    with pytest.raises(SealError):
        seal_for(b"x", public, "gate-1")


def test_it_is_the_construction_of_the_standard() -> None:
    """RFC 9180, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM: enc, ciphertext and tag."""
    sealed = seal_for(b"12345", key().public_key().public_bytes_raw(), "gate-1")
    assert len(sealed) == 32 + 5 + 16
