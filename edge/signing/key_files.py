"""The keys of a site: made here, kept in files that only their owner can read, never sent anywhere."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from edge.errors import RegistryError
from edge.support.files import leave_to_owner, make_folder, read_bounded
from edge.support.phrases import phrase

_MOST_BYTES = 64 * 1024
"""Upper bound of a key file, in bytes."""


def make_private_key(path: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    write_secret(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """The private key in `path`; raises RegistryError: missing, readable by others, or not an Ed25519 key."""
    refuse_if_shared(path)
    try:
        key = load_pem_private_key(_read(path), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # What the library says of it is for programmers, and holds an address of theirs.
        raise RegistryError(phrase("not a private key (PEM, without a password)"), where=str(path)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise RegistryError(phrase("not an Ed25519 key"), where=str(path))
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def raw_public(key: Ed25519PublicKey) -> bytes:
    """The 32 bytes of the public key (RFC 8032)."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def write_secret(path: Path, data: bytes) -> None:
    """Write a new file that only its owner can read; raises RegistryError where it exists already."""
    make_folder(path.parent, 0o700)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise RegistryError(
            phrase("could not be written: %(why)s", why=error.strerror), where=str(path)
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        leave_to_owner(descriptor, path)
        file.write(data)


def refuse_if_shared(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise RegistryError(error.strerror or str(error), where=str(path)) from None
    if mode & 0o077:
        raise RegistryError(phrase("can be read by others"), where=str(path), remedy=f"chmod 600 {path}")


def _read(path: Path) -> bytes:
    try:
        return read_bounded(path, _MOST_BYTES, follow=True)
    except OSError as error:
        raise RegistryError(error.strerror or str(error), where=str(path)) from None
