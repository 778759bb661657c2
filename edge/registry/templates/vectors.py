"""Vectors of faces: checked, and sealed so that no file holds a readable one.

Sealed with AES-256-GCM (NIST SP 800-38D) under the site's template key; the associated data bind a template
to its site, subject and the version of the subject's record that it was made for, so that none can be moved
to another person.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import ArrayLike, NDArray

from edge.errors import RegistryError
from edge.registry.format import MOST_DIMENSIONS, NONCE_BYTES, SealedTemplate

_UNIT_TOLERANCE = 1e-3

Vector = NDArray[np.float32]


def checked(values: ArrayLike) -> Vector:
    """`values` as a unit float32 vector.

    Raises RegistryError for NaN, infinity, a wrong shape, zero or a length other than one: such a vector must
    never be compared with anybody.
    """
    vector = np.asarray(values, dtype=np.float32)
    if vector.ndim != 1 or not 1 <= vector.size <= MOST_DIMENSIONS:
        raise RegistryError(f"a template has shape {vector.shape}, expected 1 to {MOST_DIMENSIONS} numbers")
    length = float(np.linalg.norm(vector))
    if not math.isfinite(length) or abs(length - 1.0) > _UNIT_TOLERANCE:
        raise RegistryError(f"a template has length {length:g}, expected 1")
    return vector


def commitment_of(vector: Vector) -> bytes:
    """The commitment in a face-bound pass: SHA-256 of the template's little-endian float32 bytes."""
    return hashlib.sha256(vector.astype("<f4").tobytes()).digest()


def seal(
    vector: Vector, *, key: bytes, nonce: bytes, site: str, subject_id: str, subject_version: int, engine: str
) -> SealedTemplate:
    """`vector` sealed; `nonce` is 12 fresh random bytes. Raises RegistryError as `checked` does."""
    plain = checked(vector).astype("<f4").tobytes()
    bound = _bound_to(site, subject_id, subject_version, engine)
    return SealedTemplate(
        subject_id, subject_version, engine, nonce + AESGCM(key).encrypt(nonce, plain, bound)
    )


def unseal(template: SealedTemplate, *, key: bytes, site: str) -> Vector:
    """The unit vector; raises RegistryError unless it was sealed with `key` for this site and subject."""
    nonce, sealed = template.sealed[:NONCE_BYTES], template.sealed[NONCE_BYTES:]
    bound = _bound_to(site, template.subject_id, template.subject_version, template.engine)
    try:
        plain = AESGCM(key).decrypt(nonce, sealed, bound)
    except (InvalidTag, ValueError):
        raise RegistryError(
            "the template key does not open a template", where=f"subject {template.subject_id}"
        ) from None
    if len(plain) % 4:
        raise RegistryError(
            "a template has a length that is not a multiple of 4 bytes",
            where=f"subject {template.subject_id}",
        )
    try:
        return checked(np.frombuffer(plain, dtype="<f4"))
    except RegistryError as error:
        raise RegistryError(error.what, where=f"subject {template.subject_id}") from None


def unseal_by(template: SealedTemplate, keys: Sequence[bytes], *, site: str) -> tuple[Vector, bytes]:
    """As `unseal`, by the first of `keys` that opens it, and that key."""
    for key in keys[:-1]:
        with suppress(RegistryError):
            return unseal(template, key=key, site=site), key
    return unseal(template, key=keys[-1], site=site), keys[-1]


def sealed_anew(template: SealedTemplate, keys: Sequence[bytes], *, site: str) -> SealedTemplate:
    """`template`, opened by any of `keys`, under the first of them; itself where it is so already.

    The nonce stays: no key has sealed two by it, and the template is known again by it. Raises RegistryError.
    """
    vector, key = unseal_by(template, keys, site=site)
    if key == keys[0]:
        return template
    return seal(
        vector,
        key=keys[0],
        nonce=template.sealed[:NONCE_BYTES],
        site=site,
        subject_id=template.subject_id,
        subject_version=template.subject_version,
        engine=template.engine,
    )


def _bound_to(site: str, subject_id: str, subject_version: int, engine: str) -> bytes:
    """The associated data: each part after its length, so that no two splits are equal."""
    parts = (site.encode(), subject_id.encode(), struct.pack(">Q", subject_version), engine.encode())
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)
