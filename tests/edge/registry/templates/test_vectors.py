"""Face templates at rest: only unit vectors count; a sealed one belongs to one person, site and record."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.errors import RegistryError
from edge.registry.format import MOST_DIMENSIONS, SealedTemplate
from edge.registry.templates import Vector, checked, commitment_of, seal
from edge.registry.templates.vectors import unseal
from tests.edge.registry.repository import TEMPLATE_KEY, unit_vector

NONCE = bytes(range(12))
UNIT = unit_vector(1)


def sealed(vector: Any = UNIT, **others: Any) -> SealedTemplate:
    fields: dict[str, Any] = {
        "site": "green-court",
        "subject_id": "li-na",
        "subject_version": 3,
        "engine": "sface",
    }
    return seal(vector, key=TEMPLATE_KEY, nonce=NONCE, **(fields | others))


def opened(template: SealedTemplate, *, key: bytes = TEMPLATE_KEY, site: str = "green-court") -> Vector:
    return unseal(template, key=key, site=site)


@given(st.integers(0, 2**32), st.integers(1, 512))
def test_a_template_comes_back_as_it_was_sealed(seed: int, size: int) -> None:
    vector = unit_vector(seed, size)
    found = opened(sealed(vector))
    assert found.dtype == np.float32
    assert found.tobytes() == vector.tobytes()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "shape"),
        (1.0, "shape"),
        ([[1.0]], "shape"),
        ([1.0] + [0.0] * MOST_DIMENSIONS, "shape"),
        ([0.0, 0.0], "length 0"),
        ([math.nan, 1.0], "length nan"),
        ([math.inf, 0.0], "length inf"),
        ([1.002], "length"),
        ([0.998], "length"),
        ([2.0, 0.0], "length 2, expected 1"),
    ],
)
def test_what_must_never_be_compared_with_anybody(values: Any, words: str) -> None:
    with pytest.raises(RegistryError, match=words):
        checked(values)
    with pytest.raises(RegistryError, match=words):
        sealed(np.asarray(values, np.float32))


@pytest.mark.parametrize(
    "values", [[1.0], [-1.0], [0.6, 0.8], [1.0009], [1.0] + [0.0] * (MOST_DIMENSIONS - 1)]
)
def test_unit_vectors_of_any_size_up_to_the_most(values: list[float]) -> None:
    assert checked(values).shape == (len(values),)


@pytest.mark.parametrize(
    "moved",
    [
        {"subject_id": "wang-wei"},
        {"subject_version": 4},
        {"engine": "dlib"},
        {"subject_id": "li-nas", "engine": "face"},  # parts may not run into each other
    ],
)
def test_it_cannot_be_moved_to_another_person_record_or_engine(moved: dict[str, Any]) -> None:
    name = moved.get("subject_id", "li-na")
    with pytest.raises(RegistryError, match="does not open") as caught:
        opened(replace(sealed(), **moved))
    assert caught.value.where == f"subject {name}"


def test_it_opens_with_the_sites_key_at_the_site_only() -> None:
    for options in ({"site": "red-court"}, {"key": bytes(32)}):
        with pytest.raises(RegistryError, match="does not open"):
            opened(sealed(), **options)


@given(st.integers(0), st.integers(0, 7))
def test_no_altered_bit_opens(place: int, bit: int) -> None:
    template = sealed(unit_vector(1, 8))
    spoilt = bytearray(template.sealed)
    spoilt[place % len(spoilt)] ^= 1 << bit
    with pytest.raises(RegistryError, match="does not open"):
        opened(replace(template, sealed=bytes(spoilt)))


@pytest.mark.parametrize("length", [0, 11, 12, 27])
def test_one_cut_short_does_not_open(length: int) -> None:
    with pytest.raises(RegistryError, match="does not open"):
        opened(replace(sealed(), sealed=sealed().sealed[:length]))


@pytest.mark.parametrize(
    ("plain", "words"), [(bytes(5), "multiple of 4"), (bytes(8), "length 0"), (b"", "0 numbers")]
)
def test_what_is_no_vector_is_refused_though_its_seal_is_right(plain: bytes, words: str) -> None:
    whole = sealed()
    bound = b"".join(
        len(part).to_bytes(4) + part for part in (b"green-court", b"li-na", (3).to_bytes(8), b"sface")
    )
    other = NONCE + AESGCM(TEMPLATE_KEY).encrypt(NONCE, plain, bound)
    with pytest.raises(RegistryError, match=words) as caught:
        opened(replace(whole, sealed=other))
    assert caught.value.where == "subject li-na"


def test_the_sealed_form_holds_nothing_readable() -> None:
    assert UNIT.tobytes() not in sealed().sealed
    assert sealed().sealed[:12] == NONCE
    assert len(sealed().sealed) == 12 + UNIT.nbytes + 16


def test_the_commitment_is_the_hash_of_little_endian_floats() -> None:
    expected = hashlib.sha256(bytes.fromhex("0000803f00000000")).digest()
    for vector in (np.array([1.0, 0.0], "<f4"), np.array([1.0, 0.0], ">f4")):
        assert commitment_of(vector) == expected
