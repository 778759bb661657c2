"""Revoked certificates: exactly the listed ones, whole or by changes; and cards, by their signing key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.trust import Revocations, delta_between, hash_of, revocations, updated
from edge.credentials.trust.revocation import RevocationDelta, card_identifier, with_card_list
from edge.errors import CredentialError

hash_sets = st.sets(st.integers(0, 2**64 - 1), max_size=50)
JUNE = datetime(2023, 6, 22, 14, 12, 45, tzinfo=UTC)


@given(hash_sets, hash_sets)
def test_a_delta_makes_the_new_list_of_the_old(old: set[int], new: set[int]) -> None:
    held, wanted = revocations(old, version=4), revocations(new, version=5)
    assert updated(held, delta_between(held, wanted)) == wanted
    assert updated(held, delta_between(Revocations(), wanted)) == wanted


def test_deltas_out_of_order_are_refused() -> None:
    held = revocations([1], version=4)
    for delta in (RevocationDelta(3, 5), RevocationDelta(4, 4), RevocationDelta(0, 4), RevocationDelta(5, 6)):
        with pytest.raises(CredentialError, match=r"version|held"):
            updated(held, delta)
    with pytest.raises(CredentialError, match="8 bytes"):
        updated(held, RevocationDelta(4, 5, added=b"1234567"))


@given(st.sets(st.text(max_size=20), max_size=50), st.text(max_size=20))
def test_exactly_the_listed_are_revoked(listed: set[str], asked: str) -> None:
    held = revocations(hash_of(identifier) for identifier in listed)
    assert (asked in held) == (asked in listed)
    assert all(identifier in held for identifier in listed)


def test_a_hundred_thousand_entries_take_less_than_a_megabyte() -> None:
    held = revocations(hash_of(str(number)) for number in range(100_000))
    whole = delta_between(Revocations(), Revocations(1, held.hashes))
    assert held.hashes.itemsize * len(held.hashes) == len(whole.added) == 800_000


def test_what_is_stored_is_the_first_eight_bytes_of_the_hash() -> None:
    assert hash_of("") == 0xE3B0C44298FC1C14  # SHA-256 of nothing begins so (FIPS 180-4)


def test_hashes_are_sorted_and_each_is_held_once() -> None:
    assert list(revocations([3, 1, 3, 2]).hashes) == [1, 2, 3]


def test_a_change_is_big_endian_and_sorted() -> None:
    change = delta_between(revocations([2], version=4), revocations([256, 1], version=5))
    assert change.added == bytes([*bytes(7), 1, *bytes(6), 1, 0])
    assert change.removed == bytes([*bytes(7), 2])
    assert (change.base, change.version) == (4, 5)


def test_a_whole_list_replaces_and_a_change_adds() -> None:
    held = revocations([1], version=4)
    seven = delta_between(Revocations(), revocations([7], version=5)).added
    assert list(updated(held, RevocationDelta(0, 5, added=seven)).hashes) == [7]
    assert list(updated(held, RevocationDelta(4, 5, added=seven)).hashes) == [1, 7]


# --- cards ------------------------------------------------------------------------------------------


def cards(*rids: str, kid: str = "key-1") -> dict[str, Any]:
    return {"kid": kid, "method": "rid", "ctr": 1, "rids": list(rids)}


@pytest.mark.parametrize(
    ("key_id", "rid", "begun", "revoked"),
    [
        ("key-1", "whole", JUNE, True),
        ("key-2", "whole", JUNE, False),  # a revocation id is valid for its signing key only
        ("key-1", "other", JUNE, False),
        ("key-1", "dated", JUNE - timedelta(seconds=1), True),
        ("key-1", "dated", JUNE, False),  # a new card of the same person counts
        ("key-2", "dated", JUNE - timedelta(days=1), False),
    ],
)
def test_cards_that_are_revoked(key_id: str, rid: str, begun: datetime, revoked: bool) -> None:
    held = with_card_list(Revocations(3), cards("whole", f"dated.{JUNE.timestamp():.0f}"))
    assert held.revokes_card(key_id, rid, begun) is revoked
    assert held.version == 3


def test_a_list_of_cards_adds_to_what_is_held() -> None:
    earlier = with_card_list(revocations([hash_of("URN:UVCI:01")], version=3), cards("a", "b.5"))
    held = with_card_list(earlier, cards("c", kid="key-2"))
    assert "URN:UVCI:01" in held
    assert card_identifier("key-1", "a") in held
    assert card_identifier("key-2", "c") in held
    assert held.cards_before == {card_identifier("key-1", "b"): datetime.fromtimestamp(5, UTC)}


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"kid": "key-1"},
        {"kid": 1, "rids": []},
        cards(""),
        cards("with space"),
        cards("x" * 25),
        cards("a.12345678901"),
        cards("a."),
        cards("a.5.5"),
        cards("a\n"),
    ],
)
def test_what_is_no_list_of_revoked_cards(value: dict[str, Any]) -> None:
    with pytest.raises(CredentialError, match="not a list of revoked cards"):
        with_card_list(Revocations(), value)
