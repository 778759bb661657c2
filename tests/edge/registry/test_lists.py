"""The gate's lists of issuers and revocations: taken up, verified again, never taken back."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials.trust import Freshness, Revocations, delta_between, hash_of, revocations
from edge.credentials.trust.revocation import RevocationDelta
from edge.credentials.trust_lists import (
    CardIssuer,
    SignedRevocations,
    TrustList,
    sign_revocations,
    sign_trust_list,
)
from edge.decision import ClockTrust, StalenessRule, WallTime
from edge.registry.lists import ISSUERS, REVOCATIONS, ListStore
from edge.signing.cose import key_id_of
from tests.keys import ed25519

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = WallTime(NOON, ClockTrust.TRUSTED)
WEEK = timedelta(days=7)


@dataclass
class Publisher:
    """What a site publishes into a gate's inbox, and what no site would."""

    inbox: Path
    card: CardIssuer
    key: Ed25519PrivateKey = field(default_factory=ed25519)

    @property
    def keys(self) -> dict[bytes, bytes]:
        public = self.key.public_key().public_bytes_raw()
        return {key_id_of(public): public}

    def issuers(
        self, version: int, *, key: Ed25519PrivateKey | None = None, age: timedelta = WEEK * 0
    ) -> None:
        contents = TrustList(version, NOON - age, NOON - age + WEEK, card_issuers=(self.card,))
        (self.inbox / ISSUERS).write_bytes(sign_trust_list(contents, key or self.key))

    def whole(self, revoked: Revocations) -> None:
        self._revocations(REVOCATIONS, delta_between(Revocations(), revoked))

    def change(self, old: Revocations, new: Revocations) -> None:
        self._revocations(f"revocations-{new.version:010}.delta", delta_between(old, new))

    def _revocations(self, name: str, delta: RevocationDelta) -> None:
        contents = SignedRevocations(NOON, NOON + WEEK, delta)
        (self.inbox / name).write_bytes(sign_revocations(contents, self.key))


@pytest.fixture
def admin(tmp_path: Path, card_maker: Any) -> Publisher:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    return Publisher(inbox, CardIssuer(card_maker.url, {"keys": [card_maker.jwk()]}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "held"


@pytest.fixture
def store(folder: Path, admin: Publisher) -> ListStore:
    store = ListStore(folder)
    assert store.load(admin.keys) == ()
    return store


def restarted(folder: Path, admin: Publisher) -> tuple[ListStore, list[str]]:
    store = ListStore(folder)
    return store, [item.refusal for item in store.load(admin.keys)]


def listed(version: int, *certificates: str) -> Revocations:
    return revocations((hash_of(item) for item in certificates), version=version)


def refusals(store: ListStore, admin: Publisher, wall: WallTime = NOW) -> list[str]:
    news = store.poll(admin.inbox, wall)
    assert all(item.version is None for item in news), news
    return [item.refusal for item in news]


def test_issuers_are_taken_up_and_stay_over_a_restart(
    store: ListStore, folder: Path, admin: Publisher, card_maker: Any
) -> None:
    admin.issuers(3)
    assert [item.version for item in store.poll(admin.inbox, NOW)] == [3]
    assert card_maker.key_id() in store.lists().issuers.cards
    assert store.poll(admin.inbox, NOW) == (), "nothing is new"
    again, refused = restarted(folder, admin)
    assert refused == []
    assert again.lists() == store.lists()


def test_issuers_are_refused_and_those_held_stay(store: ListStore, admin: Publisher) -> None:
    admin.issuers(3)
    store.poll(admin.inbox, NOW)
    held = store.lists()

    admin.issuers(2)
    assert "version 3 is held" in refusals(store, admin)[0]
    admin.issuers(4, key=ed25519())
    assert "not trusted" in refusals(store, admin)[0]
    admin.issuers(4, age=2 * WEEK)
    assert "expired" in refusals(store, admin)[0]
    (admin.inbox / ISSUERS).write_bytes(b"\x00" * 100)
    assert refusals(store, admin)
    (admin.inbox / ISSUERS).write_bytes(b"\x00" * (5 << 20))
    assert refusals(store, admin), "too large to be read at all"
    assert refusals(store, admin) == [], "a refused file is looked at once"
    assert store.lists() == held


def test_an_older_list_of_issuers_is_not_slipped_in_by_removing_the_newer(
    store: ListStore, folder: Path, admin: Publisher
) -> None:
    admin.issuers(3)
    store.poll(admin.inbox, NOW)
    (folder / ISSUERS).unlink()
    admin.issuers(2)
    again, _ = restarted(folder, admin)
    assert "version 3 is held" in refusals(again, admin)[0]


def test_changes_of_the_revocations_follow_each_other(
    store: ListStore, folder: Path, admin: Publisher
) -> None:
    first, second, third = listed(1, "a"), listed(2, "a", "b"), listed(3, "b")
    admin.whole(first)
    store.poll(admin.inbox, NOW)
    admin.change(first, second)
    admin.change(second, third)
    assert [item.version for item in store.poll(admin.inbox, NOW)] == [2, 3]
    assert store.lists().revocations == third
    again, refused = restarted(folder, admin)
    assert refused == []
    assert again.lists().revocations == third


def test_a_change_of_another_base_is_refused_and_the_whole_list_helps(
    store: ListStore, folder: Path, admin: Publisher
) -> None:
    first, fourth, fifth = listed(1, "a"), listed(4, "a", "c"), listed(5, "c")
    admin.whole(first)
    store.poll(admin.inbox, NOW)
    admin.change(fourth, fifth)
    assert "4" in refusals(store, admin)[0]
    assert store.lists().revocations == first
    admin.whole(fifth)
    store.poll(admin.inbox, NOW)
    assert store.lists().revocations == fifth
    assert not list(folder.glob("*.delta")), "the whole list makes the changes needless"
    assert restarted(folder, admin)[0].lists().revocations == fifth


def test_an_older_whole_list_takes_no_revocation_back(store: ListStore, admin: Publisher) -> None:
    admin.whole(listed(5, "a"))
    store.poll(admin.inbox, NOW)
    admin.whole(listed(4))
    assert "older" in refusals(store, admin)[0]
    assert "a" in store.lists().revocations


def test_a_file_whose_name_is_not_text_is_none_of_ours(store: ListStore, admin: Publisher) -> None:
    """Its name would be in an event, which the journal could not write."""
    (admin.inbox / os.fsdecode(b"revocations-\xff.delta")).write_bytes(b"")
    (admin.inbox / "revocations-1.delta").write_bytes(b"")
    assert [item.name for item in store.poll(admin.inbox, NOW)] == ["revocations-1.delta"]


@pytest.mark.parametrize("harm", ["removed", "cut"])
def test_where_revocations_went_missing_no_certificate_counts(
    store: ListStore, folder: Path, admin: Publisher, harm: str
) -> None:
    admin.issuers(1)
    admin.whole(listed(2, "a"))
    store.poll(admin.inbox, NOW)
    path = folder / REVOCATIONS
    if harm == "removed":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1])
    again, refused = restarted(folder, admin)
    assert any("version 2" in words for words in refused)
    assert again.lists().freshness(NOW, StalenessRule()) is Freshness.CLOSE
    again.poll(admin.inbox, NOW)
    assert "a" in again.lists().revocations, "the inbox still has them"
    assert again.lists().freshness(NOW, StalenessRule()) is Freshness.FRESH


def test_a_key_that_the_registry_withdrew_signs_no_more(
    store: ListStore, folder: Path, admin: Publisher
) -> None:
    admin.issuers(1)
    store.poll(admin.inbox, NOW)
    again = ListStore(folder)
    assert "not trusted" in again.load({})[0].refusal
    assert not again.lists().issuers.cards


def test_a_list_is_taken_with_a_clock_that_is_unsure(store: ListStore, admin: Publisher) -> None:
    admin.issuers(1)
    unsure = WallTime(NOON + 9 * WEEK, ClockTrust.UNTRUSTED)
    assert [item.version for item in store.poll(admin.inbox, unsure)] == [1]
    assert store.lists().freshness(unsure, StalenessRule()) is Freshness.DEGRADE


# --- a clock that is wrong -----------------------------------------------------------------------


def test_lists_that_a_clock_of_2099_found_expired_are_taken_once_it_is_right(
    store: ListStore, admin: Publisher
) -> None:
    admin.issuers(3)
    admin.whole(listed(1, "a"))
    wrong = WallTime(datetime(2099, 1, 1, tzinfo=UTC), ClockTrust.TRUSTED)
    assert len(refusals(store, admin, wrong)) == 2
    assert store.poll(admin.inbox, wrong) == (), "time that goes by makes nothing good"
    assert [item.version for item in store.poll(admin.inbox, NOW)] == [3, 1]


def test_changes_to_revocations_that_are_not_held_yet_are_taken_once_they_are(
    store: ListStore, admin: Publisher
) -> None:
    first, second = listed(1, "a"), listed(2, "a", "b")
    admin.change(first, second)
    assert len(refusals(store, admin)) == 1
    admin.whole(first)
    store.poll(admin.inbox, NOW)
    store.poll(admin.inbox, NOW)
    assert store.lists().revocations.version == 2


@pytest.mark.parametrize("held", ["a list", "a registry"])
@pytest.mark.parametrize("claims", [datetime(1970, 1, 1, tzinfo=UTC), NOON, datetime(2099, 1, 1, tzinfo=UTC)])
def test_an_unsure_clock_takes_no_list_that_had_expired_before_something_held_was_signed(
    store: ListStore, admin: Publisher, claims: datetime, held: str
) -> None:
    unsure = WallTime(claims, ClockTrust.UNTRUSTED)
    if held == "a list":
        admin.whole(listed(1, "a"))
        store.poll(admin.inbox, unsure)
    admin.issuers(3, age=WEEK)
    news = store.poll(admin.inbox, unsure, None if held == "a list" else NOON)
    assert ["expired" in item.refusal for item in news] == [True]
    admin.issuers(4, age=WEEK - timedelta(seconds=1))
    assert [item.version for item in store.poll(admin.inbox, unsure, NOON)] == [4]
