"""What a gate is installed with: root keys that are public, and a template key that is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.errors import RegistryError
from edge.registry.keys import (
    key_ring_in,
    make_template_key,
    read_anchor,
    read_public_keys,
    read_template_key,
)
from edge.signing.key_files import public_pem
from tests.keys import p256

KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)).public_key() for number in range(5)]
P256 = p256("another kind").public_key()


@pytest.mark.parametrize(("keys", "threshold"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_more_than_half_of_the_root_keys_must_sign(tmp_path: Path, keys: int, threshold: int) -> None:
    path = tmp_path / "root.pub"
    path.write_bytes(b"a note of the installer\n".join(map(public_pem, KEYS[:keys])))
    assert read_public_keys(path) == tuple(key.public_bytes_raw() for key in KEYS[:keys])
    assert read_anchor(path).threshold == threshold


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a public key"),
        (b"-----BEGIN PUBLIC KEY-----\nnoise\n-----END PUBLIC KEY-----\n", "not a public key"),
        (P256.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "not an Ed25519 key"),
    ],
)
def test_a_file_without_root_keys_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "root.pub"
    path.write_bytes(data)
    with pytest.raises(RegistryError, match=words) as caught:
        read_anchor(path)
    assert caught.value.where == str(path)


def test_a_template_key_comes_back_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "template.key"
    key = make_template_key(path)
    assert (len(key), read_template_key(path)) == (32, key)
    path.chmod(0o644)
    with pytest.raises(RegistryError, match="can be read by others"):
        read_template_key(path)


@pytest.mark.parametrize("data", [b"", b"00" * 31, b"00" * 33, b"zz" * 32])
def test_a_file_that_is_not_a_template_key_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "template.key"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(RegistryError, match="not a template key"):
        read_template_key(path)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("{key} until 2026-03-03T00:00:00+00:00", True),
        ("{key} until 2026-03-03T00:00:00", False),
        ("{key} until 0001-01-01T00:00:00+14:00", False),
        ("{key} until tomorrow", False),
        ("{key}", False),
    ],
)
def test_an_earlier_key_ends_at_a_time_that_is_the_same_everywhere(line: str, *, is_one: bool) -> None:
    key = "ab" * 32
    found = key_ring_in(f"{key}\n{line.format(key=key)}\n".encode(), 32)
    assert (found is not None) is is_one


def test_nobody_waits_at_a_pipe_in_a_keys_place(tmp_path: Path) -> None:
    path = tmp_path / "template.key"
    os.mkfifo(path, 0o600)
    with pytest.raises(RegistryError, match="not a regular file"):
        read_template_key(path)
