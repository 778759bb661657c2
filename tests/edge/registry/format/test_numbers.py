"""The numbers of a registry, as records that gates read and check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from edge.credentials.known.rights import KnownRight
from edge.errors import RegistryError
from edge.registry.format import BundleRefusal, BundleRefused, RecordKind, key_of
from edge.registry.format.bundle import hold_bundle
from edge.registry.format.content import records_of
from edge.registry.format.numbers import decode_number, decode_salt, number_records
from edge.registry.format.revocations import without_passes
from edge.signing.cose import encode_value
from tests.edge.registry.repository import Repository, ordinary_content

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
RIGHT = KnownRight("visitor:3f9c", "ab" * 8, NOON, NOON + timedelta(hours=8), 1, frozenset({"main"}))
NUMBERS, SALT = {b"d" * 32: RIGHT, b"e" * 32: replace(RIGHT, uses=2)}, b"s" * 16


def test_a_gate_holds_what_the_publisher_put_in() -> None:
    site = Repository(content=replace(ordinary_content(), numbers=NUMBERS, number_salt=SALT))
    held = hold_bundle(site.bundle(), site.trusted())
    assert (held.numbers, held.number_salt) == (NUMBERS, SALT)
    assert (without_passes(held).numbers, without_passes(held).pass_keys) == ({}, {})


def test_without_numbers_there_is_no_record_of_them() -> None:
    """An older gate refuses what it does not know."""
    assert number_records({}, SALT) == {}
    assert records_of(replace(ordinary_content(), number_salt=SALT), b"") == records_of(
        ordinary_content(), b""
    )


@pytest.mark.parametrize("salt", [b"", b"s" * 15, b"s" * 17])
def test_numbers_without_their_salt_are_not_published(salt: bytes) -> None:
    with pytest.raises(RegistryError, match="salt"):
        number_records(NUMBERS, salt)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"d" * 31, encode_value(RIGHT)),
        (b"d" * 32, b""),
        (b"d" * 32, encode_value({"subject": "a"})),
        (b"d" * 32, encode_value(RIGHT)[:-1]),
    ],
)
def test_what_is_no_number_is_refused(name: bytes, value: bytes) -> None:
    with pytest.raises(BundleRefused) as refused:
        decode_number(name, value)
    assert refused.value.refusal is BundleRefusal.INVALID


def test_a_salt_of_another_size_is_refused() -> None:
    with pytest.raises(BundleRefused, match="salt"):
        decode_salt(b"short")
    assert key_of(RecordKind.NUMBER_SALT) == b"\x0a"
