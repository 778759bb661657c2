"""Keys as files: written once, readable by their owner alone, and refused otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edge.errors import RegistryError
from edge.signing.key_files import make_private_key, read_private_key, write_secret
from tests.keys import p256


def test_a_key_is_its_owners_alone_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "registry.key"
    made = make_private_key(path)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert read_private_key(path).private_bytes_raw() == made.private_bytes_raw()


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "registry.key"
    made = make_private_key(path)
    with pytest.raises(RegistryError, match=r"registry\.key: could not be written"):
        make_private_key(path)
    assert read_private_key(path).private_bytes_raw() == made.private_bytes_raw()


P256 = p256("another kind").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("data", "mode", "words"),
    [
        (None, 0, "No such file"),
        (b"noise", 0o600, "not a private key"),
        (P256, 0o600, "not an Ed25519 key"),
        (P256, 0o640, "can be read by others"),
        (P256, 0o604, "chmod 600"),
        (bytes(64 * 1024 + 1), 0o600, "more than 65536 bytes"),
    ],
)
def test_a_file_that_does_not_serve_is_named(
    tmp_path: Path, data: bytes | None, mode: int, words: str
) -> None:
    path = tmp_path / "registry.key"
    if data is not None:
        write_secret(path, data)
        path.chmod(mode)
    with pytest.raises(RegistryError, match=words) as caught:
        read_private_key(path)
    assert caught.value.where == str(path)
