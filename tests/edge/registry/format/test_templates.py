"""Templates as bytes: sealed and opened without numbers, by whoever only keeps them."""

from __future__ import annotations

import hashlib
import struct

import pytest
from msgspec.structs import replace

from edge.errors import RegistryError
from edge.registry.format import (
    SealedTemplate,
    commitment_of_plain,
    sealed_anew,
    unseal_plain,
    unseal_plain_by,
)
from edge.registry.format.templates import seal_plain
from edge.registry.templates import seal
from tests.edge.registry.repository import unit_vector

PLAIN = struct.pack("<3f", 0.6, 0.0, -0.8)
OLD, NEW = bytes(32), bytes([1]) * 32


def sealed(plain: bytes = PLAIN, key: bytes = OLD) -> SealedTemplate:
    return seal_plain(
        plain,
        key=key,
        nonce=bytes(12),
        site="green-court",
        subject_id="li-na",
        subject_version=3,
        engine="sface",
    )


def test_bytes_and_numbers_are_sealed_alike() -> None:
    vector = unit_vector(1)
    of_numbers = seal(
        vector,
        key=OLD,
        nonce=bytes(12),
        site="green-court",
        subject_id="li-na",
        subject_version=3,
        engine="sface",
    )
    assert sealed(vector.astype("<f4").tobytes()) == of_numbers
    assert unseal_plain(sealed(), key=OLD, site="green-court") == PLAIN


def test_a_template_is_sealed_anew_under_the_first_key_and_stays_where_it_is() -> None:
    held = sealed()
    newer = sealed_anew(held, (NEW, OLD), site="green-court")
    assert newer.sealed[:12] == held.sealed[:12], "known again by its nonce"
    assert unseal_plain_by(newer, (NEW, OLD), site="green-court") == (PLAIN, NEW)
    assert sealed_anew(newer, (NEW, OLD), site="green-court") is newer
    with pytest.raises(RegistryError, match="does not open"):
        sealed_anew(held, (NEW,), site="green-court")


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (b"", "0 numbers"),
        (bytes(7), "multiple of 4"),
        (struct.pack("<2f", 1.0, 1.0), "length 1.41421, expected 1"),
        (struct.pack("<f", float("nan")), "length nan"),
        (struct.pack("<2f", float("inf"), 0.0), "length inf"),
        (struct.pack("<2049f", 1.0, *[0.0] * 2048), "2049 numbers"),
    ],
)
def test_what_must_never_be_compared_with_anybody_is_not_sealed(plain: bytes, words: str) -> None:
    with pytest.raises(RegistryError, match=words):
        sealed(plain)


def test_a_commitment_is_of_the_bytes_that_are_sealed() -> None:
    assert commitment_of_plain(PLAIN) == hashlib.sha256(PLAIN).digest()
    with pytest.raises(RegistryError, match="does not open"):
        unseal_plain(replace(sealed(), engine="dlib"), key=OLD, site="green-court")
