"""Keys in files: public root keys and the template key, which gates have; the seal key, for centres."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from edge.errors import RegistryError
from edge.registry.format import (
    KEY_BYTES,
    MOST_EARLIER,
    SEAL_KEY_BYTES,
    Anchor,
    EarlierKey,
    KeyRing,
    anchor_of,
)
from edge.signing.key_files import write_secret
from edge.support.files import read_bounded
from edge.support.phrases import Said, phrase

SEAL_KEY = "seal.key"
"""The file of the seal key, in a centre's folder of the site."""
_UNTIL = " until "
_MOST_BYTES = 64 * 1024
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)
_PUBLIC_HALF = phrase("name a .pub file; gatepost root key show writes the public half of a private key")


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
        raise RegistryError(phrase("not a public key"), where=str(path), remedy=_PUBLIC_HALF)
    return tuple(_public_key(block, path) for block in blocks)


def _public_key(block: bytes, path: Path) -> bytes:
    try:
        key = load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm):
        raise RegistryError(phrase("not a public key"), where=str(path), remedy=_PUBLIC_HALF) from None
    if not isinstance(key, Ed25519PublicKey):
        raise RegistryError(phrase("not an Ed25519 key"), where=str(path))
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def make_template_key(path: Path) -> bytes:
    key = token_bytes(KEY_BYTES)
    write_secret(path, key.hex().encode() + b"\n")
    return key


def read_template_key(path: Path) -> bytes:
    """The AES-256 key in force in a file of its owner alone; raises RegistryError."""
    return read_template_keys(path).current


def read_template_keys(path: Path) -> KeyRing:
    """The template keys (64 hexadecimal digits each) in a file of its owner alone; raises RegistryError."""
    return _ring(path, KEY_BYTES, phrase("not a template key"), phrase("copy the site's template.key"))


def read_seal_keys(path: Path) -> KeyRing:
    """The seal keys (128 hexadecimal digits each) in a file of its owner alone; raises RegistryError."""
    return _ring(path, SEAL_KEY_BYTES, phrase("not a seal key"), f"gatepost site seal export {path}")


def seal_key_file(key: bytes) -> bytes:
    """What a file with a seal key contains."""
    return key_ring_file(KeyRing(key))


def key_ring_file(ring: KeyRing) -> bytes:
    """What a file with keys contains: the one in force, then each earlier one, with when it is forgotten."""
    lines = [ring.current.hex(), *(f"{item.key.hex()}{_UNTIL}{_written(item)}" for item in ring.earlier)]
    return "".join(f"{line}\n" for line in lines).encode()


def key_ring_in(data: bytes, size: int) -> KeyRing | None:
    """The keys of `size` bytes in what was read from such a file; None where it is none."""
    try:
        first, *others = data.decode("ascii").split("\n")
        current = bytes.fromhex(first.strip())
        earlier = [_earlier(line) for line in others if line.strip()]
    except (ValueError, OverflowError):
        return None
    sizes = {len(current), *(len(item.key) for item in earlier)}
    return KeyRing(current, tuple(earlier)) if sizes == {size} and len(earlier) <= MOST_EARLIER else None


def make_sealing_key(path: Path) -> X25519PrivateKey:
    """A new sealing key, in a file of its owner alone; raises RegistryError where it exists already."""
    key = X25519PrivateKey.generate()
    write_secret(path, key.private_bytes_raw().hex().encode() + b"\n")
    return key


def read_sealing_key(path: Path) -> X25519PrivateKey:
    """The sealing key of a gate (64 hexadecimal digits) in a file of its owner alone; raises RegistryError,
    or FileNotFoundError.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    again = phrase("remove it, and let gatepost gate sealing-key show make another")
    return X25519PrivateKey.from_private_bytes(_ring(path, 32, phrase("not a sealing key"), again).current)


def read_public_sealing_key(path: Path) -> bytes:
    """The public half of a sealing key (64 hexadecimal digits) in a file; raises RegistryError."""
    ring = key_ring_in(_read(path), 32)
    if ring is None or ring.earlier:
        raise RegistryError(
            phrase("not the public half of a sealing key"),
            where=str(path),
            remedy=phrase("on the gate: gatepost gate sealing-key show"),
        )
    return ring.current


def _ring(path: Path, size: int, wrong: Said, remedy: Said) -> KeyRing:
    data = _read(path, remedy)
    if path.stat().st_mode & 0o077:
        raise RegistryError(phrase("can be read by others"), where=str(path), remedy=f"chmod 600 {path}")
    ring = key_ring_in(data, size)
    if ring is None:
        raise RegistryError(wrong, where=str(path), remedy=remedy)
    return ring


def _written(item: EarlierKey) -> str:
    return item.until.replace(tzinfo=UTC).isoformat(timespec="seconds")


def _earlier(line: str) -> EarlierKey:
    key, until, moment = line.partition(_UNTIL)
    if not until:
        raise ValueError(line[-8:])
    at = datetime.fromisoformat(moment.strip())
    if at.tzinfo is None:
        raise ValueError(moment)
    return EarlierKey(bytes.fromhex(key), at.astimezone(UTC))


def _read(path: Path, remedy: Said = "") -> bytes:
    try:
        return read_bounded(path, _MOST_BYTES, follow=True)
    except OSError as error:
        raise RegistryError(error.strerror or str(error), where=str(path), remedy=remedy) from None
