"""Keys in files: public root keys and the template key, which gates have; the seal key, for centres."""

from __future__ import annotations

import re
from pathlib import Path
from secrets import token_bytes

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from edge.errors import RegistryError
from edge.registry.format import KEY_BYTES, SEAL_KEY_BYTES, Anchor, anchor_of
from edge.signing.key_files import write_secret

SEAL_KEY = "seal.key"
"""The file of the seal key, in a centre's folder of the site."""
_MOST_BYTES = 64 * 1024
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)
_PUBLIC_HALF = "name a .pub file; gatepost root key show writes the public half of a private key"


def read_anchor(path: Path) -> Anchor:
    """The anchor of the root keys in a PEM file: more than half of them must sign. Raises RegistryError."""
    return anchor_of(read_public_keys(path))


def read_public_keys(path: Path) -> tuple[bytes, ...]:
    """The raw Ed25519 public keys (32 bytes each) in a PEM file; raises RegistryError."""
    return public_keys_in(_read(path), path)


def public_keys_in(pem: bytes, path: Path) -> tuple[bytes, ...]:
    """The same of what was read from `path`; raises RegistryError."""
    blocks = _PEM.findall(pem)
    if not blocks:
        raise RegistryError("not a public key", where=str(path), remedy=_PUBLIC_HALF)
    return tuple(_public_key(block, path) for block in blocks)


def _public_key(block: bytes, path: Path) -> bytes:
    try:
        key = load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm):
        raise RegistryError("not a public key", where=str(path), remedy=_PUBLIC_HALF) from None
    if not isinstance(key, Ed25519PublicKey):
        raise RegistryError("not an Ed25519 key", where=str(path))
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def make_template_key(path: Path) -> bytes:
    key = token_bytes(KEY_BYTES)
    write_secret(path, key.hex().encode() + b"\n")
    return key


def read_template_key(path: Path) -> bytes:
    """The AES-256 key (64 hexadecimal digits) in a file of its owner alone; raises RegistryError."""
    return _secret(path, KEY_BYTES, "not a template key", "copy the site's template.key")


def read_seal_key(path: Path) -> bytes:
    """The seal key (128 hexadecimal digits) in a file of its owner alone; raises RegistryError."""
    return _secret(path, SEAL_KEY_BYTES, "not a seal key", f"gatepost site seal export {path}")


def seal_key_file(key: bytes) -> bytes:
    """What a file with a seal key contains."""
    return key.hex().encode() + b"\n"


def _secret(path: Path, size: int, wrong: str, remedy: str) -> bytes:
    data = _read(path, remedy)
    if path.stat().st_mode & 0o077:
        raise RegistryError("can be read by others", where=str(path), remedy=f"chmod 600 {path}")
    try:
        key = bytes.fromhex(data.decode().strip())
    except (UnicodeDecodeError, ValueError):
        key = b""
    if len(key) != size:
        raise RegistryError(wrong, where=str(path), remedy=remedy)
    return key


def _read(path: Path, remedy: str = "") -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        raise RegistryError(error.strerror or str(error), where=str(path), remedy=remedy) from None
