"""A registry's objects as they travel and lie at rest: sealed, carriers learn their size only. PURE.

Sealed with AES-SIV (RFC 5297) under the site's seal key, which follows from its template key: gates need
nothing besides, and central is given the seal key alone, which opens no template. The associated data bind an
object to its site and kind. There is no nonce: what is equal is sealed equal, so that a set still has one
encoding, and what a gate put together is byte for byte what central would send.
"""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.registry.format.refusal import BundleRefusal, BundleRefused

SEAL_KEY_BYTES = 64
SEAL_OVERHEAD = 16
"""By so many bytes an object is longer than what was sealed."""

_INFO = b"gatepost registry seal 1"
_PURPOSE = b"gatepost registry object 1"


class ObjectKind(StrEnum):
    """What is sealed: part of the associated data."""

    SNAPSHOT = "snapshot"
    CHANGES = "changes"


def seal_key_of(template_key: bytes) -> bytes:
    """The seal key of the site that has this template key (HKDF-SHA256, RFC 5869, without salt)."""
    return HKDF(SHA256(), SEAL_KEY_BYTES, salt=None, info=_INFO).derive(template_key)


def seal_object(plain: bytes, kind: ObjectKind, site: str, key: bytes) -> bytes:
    """`plain` sealed for the gates of `site`."""
    return AESSIV(key).encrypt(plain, _bound_to(kind, site))


def open_object(sealed: bytes | memoryview, kind: ObjectKind, site: str, *keys: bytes) -> bytes:
    """What was sealed; raises BundleRefused where none of `keys` opens it as this kind, for this site."""
    return opened_object(sealed, kind, site, *keys)[0]


def opened_object(
    sealed: bytes | memoryview, kind: ObjectKind, site: str, *keys: bytes
) -> tuple[bytes, bytes]:
    """As `open_object`, with the key that opened it."""
    known = [key for key in keys if key]
    if not known:
        raise BundleRefused(BundleRefusal.OTHER_KEY, f"the {kind} is sealed, and there is no key to open it")
    data = bytes(sealed)
    for key in known:
        with suppress(InvalidTag, ValueError):
            return AESSIV(key).decrypt(data, _bound_to(kind, site)), key
    raise BundleRefused(
        BundleRefusal.OTHER_KEY,
        f"the {kind} is not sealed for {site!r} with this key",
        remedy="centre and gates need the same key: the seal key follows from the gates' template.key",
    )


def _bound_to(kind: ObjectKind, site: str) -> list[bytes]:
    return [_PURPOSE, site.encode(), kind.value.encode()]
