"""Vectors of faces: checked, and sealed so that no file holds a readable one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edge.errors import RegistryError
from edge.registry.format import (
    MOST_DIMENSIONS,
    Plain,
    SealedTemplate,
    commitment_of_plain,
    seal_plain,
    unseal_plain,
    unseal_plain_by,
)

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


def vector_of(plain: Plain) -> Vector:
    """The vector whose numbers these are; `checked` was what they were sealed from."""
    return np.frombuffer(plain, dtype="<f4").astype(np.float32, copy=False)


def _plain_of(vector: Vector) -> Plain:
    """Its numbers, as they are sealed. Raises RegistryError as `checked` does."""
    return checked(vector).astype("<f4").tobytes()


def commitment_of(vector: Vector) -> bytes:
    """The commitment in a face-bound pass."""
    return commitment_of_plain(vector.astype("<f4").tobytes())


def seal(
    vector: Vector, *, key: bytes, nonce: bytes, site: str, subject_id: str, subject_version: int, engine: str
) -> SealedTemplate:
    """`vector` sealed; `nonce` is 12 fresh random bytes. Raises RegistryError as `checked` does."""
    return seal_plain(
        _plain_of(vector),
        key=key,
        nonce=nonce,
        site=site,
        subject_id=subject_id,
        subject_version=subject_version,
        engine=engine,
    )


def unseal(template: SealedTemplate, *, key: bytes, site: str) -> Vector:
    """The unit vector; raises RegistryError unless it was sealed with `key` for this site and subject."""
    return vector_of(unseal_plain(template, key=key, site=site))


def unseal_by(template: SealedTemplate, keys: Sequence[bytes], *, site: str) -> tuple[Vector, bytes]:
    """As `unseal`, by the first of `keys` that opens it, and that key."""
    plain, key = unseal_plain_by(template, keys, site=site)
    return vector_of(plain), key
