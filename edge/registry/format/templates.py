"""A face template as files and registries hold it: sealed, so that none has a readable one.

Sealed with AES-256-GCM (NIST SP 800-38D) under the site's template key; the associated data bind a template
to its site, subject and the version of the subject's record that it was made for, so that none can be moved
to another person.

Opened it is `Plain`: its numbers as little-endian float32. Who calculates with them
(`edge.registry.templates`) loads numpy; who seals, opens and hands on does not.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Meta

from edge.errors import RegistryError
from edge.signing.cose import Name, Version

KEY_BYTES = 32
NONCE_BYTES = 12
MOST_DIMENSIONS = 2048
_UNIT_TOLERANCE = 1e-3
_NUMBER_BYTES = 4

Plain = bytes
"""A template's numbers, one after another, as little-endian float32."""


class SealedTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A template as files hold it. `sealed` is nonce (12 bytes), ciphertext and tag; `engine` made it."""

    subject_id: Name
    subject_version: Version
    engine: Name
    sealed: Annotated[bytes, Meta(max_length=NONCE_BYTES + 4 * MOST_DIMENSIONS + 16)]


def digest_of_sealed(sealed: bytes) -> str:
    """What tells a sealed template from all others (hexadecimal), also under another key: by its nonce."""
    return hashlib.sha256(b"gatepost template 1" + sealed[:NONCE_BYTES]).hexdigest()


def seal_plain(
    plain: Plain, *, key: bytes, nonce: bytes, site: str, subject_id: str, subject_version: int, engine: str
) -> SealedTemplate:
    """`plain` sealed; `nonce` is 12 fresh random bytes. Raises RegistryError unless it has unit length."""
    _check(plain)
    bound = _bound_to(site, subject_id, subject_version, engine)
    return SealedTemplate(
        subject_id, subject_version, engine, nonce + AESGCM(key).encrypt(nonce, plain, bound)
    )


def unseal_plain(template: SealedTemplate, *, key: bytes, site: str) -> Plain:
    """What was sealed; raises RegistryError unless it was with `key`, for this site and subject."""
    nonce, sealed = template.sealed[:NONCE_BYTES], template.sealed[NONCE_BYTES:]
    bound = _bound_to(site, template.subject_id, template.subject_version, template.engine)
    try:
        plain = AESGCM(key).decrypt(nonce, sealed, bound)
    except (InvalidTag, ValueError):
        raise RegistryError(
            "the template key does not open a template", where=f"subject {template.subject_id}"
        ) from None
    try:
        _check(plain)
    except RegistryError as error:
        raise RegistryError(error.what, where=f"subject {template.subject_id}") from None
    return plain


def unseal_plain_by(template: SealedTemplate, keys: Sequence[bytes], *, site: str) -> tuple[Plain, bytes]:
    """As `unseal_plain`, by the first of `keys` that opens it, and that key."""
    for key in keys[:-1]:
        with suppress(RegistryError):
            return unseal_plain(template, key=key, site=site), key
    return unseal_plain(template, key=keys[-1], site=site), keys[-1]


def sealed_anew(template: SealedTemplate, keys: Sequence[bytes], *, site: str) -> SealedTemplate:
    """`template`, opened by any of `keys`, under the first of them; itself where it is so already.

    The nonce stays: no key has sealed two by it, and the template is known again by it. Raises RegistryError.
    """
    plain, key = unseal_plain_by(template, keys, site=site)
    if key == keys[0]:
        return template
    return seal_plain(
        plain,
        key=keys[0],
        nonce=template.sealed[:NONCE_BYTES],
        site=site,
        subject_id=template.subject_id,
        subject_version=template.subject_version,
        engine=template.engine,
    )


def commitment_of_plain(plain: Plain) -> bytes:
    """The commitment in a face-bound pass: SHA-256 of the template's numbers as they are sealed."""
    return hashlib.sha256(plain).digest()


def _check(plain: Plain) -> None:
    """Raises RegistryError for NaN, infinity, a wrong size or another length than one: such a vector must
    never be compared with anybody.
    """
    if len(plain) % _NUMBER_BYTES:
        raise RegistryError("a template has a length that is not a multiple of 4 bytes")
    count = len(plain) // _NUMBER_BYTES
    if not 1 <= count <= MOST_DIMENSIONS:
        raise RegistryError(f"a template has {count} numbers, expected 1 to {MOST_DIMENSIONS}")
    length = math.hypot(*struct.unpack(f"<{count}f", plain))
    if not math.isfinite(length) or abs(length - 1.0) > _UNIT_TOLERANCE:
        raise RegistryError(f"a template has length {length:g}, expected 1")


def _bound_to(site: str, subject_id: str, subject_version: int, engine: str) -> bytes:
    """The associated data: each part after its length, so that no two splits are equal."""
    parts = (site.encode(), subject_id.encode(), struct.pack(">Q", subject_version), engine.encode())
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)
