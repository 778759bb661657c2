"""The gate's lists of issuers and revocations: taken up, verified again, never taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials.code import Freshness
from edge.credentials.trust.revocation import (
    RevocationDelta,
    Revocations,
    delta_between,
    hash_of,
    revocations,
)
from edge.credentials.trust.trust_list import (
    CardIssuer,
    SignedRevocations,
    TrustList,
    sign_revocations,
    sign_trust_list,
)
from edge.decision.certificates import StalenessRule
from edge.decision.situation import ClockTrust, WallTime
from edge.registry.lists import ISSUERS, REVOCATIONS, ListStore
from edge.signing.cose.sign1 import key_id_of
from tests.keys import ed25519

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = WallTime(NOON, ClockTrust.TRUSTED)
WEEK = timedelta(days=7)


@dataclass
class Publisher:
    """What an office publishes into a gate's inbox, and what no office would."""

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
def office(tmp_path: Path, card_maker: Any) -> Publisher:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    return Publisher(inbox, CardIssuer(card_maker.url, {"keys": [card_maker.jwk()]}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "held"


@pytest.fixture
def store(folder: Path, office: Publisher) -> ListStore:
    store = ListStore(folder)
    assert store.load(office.keys) == ()
    return store


def restarted(folder: Path, office: Publisher) -> tuple[ListStore, list[str]]:
    store = ListStore(folder)
    return store, [item.refusal for item in store.load(office.keys)]


def listed(version: int, *certificates: str) -> Revocations:
    return revocations((hash_of(item) for item in certificates), version=version)


def refusals(store: ListStore, office: Publisher, wall: WallTime = NOW) -> list[str]:
    news = store.look(office.inbox, wall)
    assert all(item.version is None for item in news), news
    return [item.refusal for item in news]


def test_issuers_are_taken_up_and_stay_over_a_restart(
    store: ListStore, folder: Path, office: Publisher, card_maker: Any
) -> None:
    office.issuers(3)
    assert [item.version for item in store.look(office.inbox, NOW)] == [3]
    assert card_maker.key_id() in store.lists().issuers.cards
    assert store.look(office.inbox, NOW) == (), "nothing is new"
    again, refused = restarted(folder, office)
    assert refused == []
    assert again.lists() == store.lists()


def test_issuers_are_refused_and_those_held_stay(store: ListStore, office: Publisher) -> None:
    office.issuers(3)
    store.look(office.inbox, NOW)
    held = store.lists()

    office.issuers(2)
    assert "held is 3" in refusals(store, office)[0]
    office.issuers(4, key=ed25519())
    assert "not trusted" in refusals(store, office)[0]
    office.issuers(4, age=2 * WEEK)
    assert "expired" in refusals(store, office)[0]
    (office.inbox / ISSUERS).write_bytes(b"\x00" * 100)
    assert refusals(store, office)
    (office.inbox / ISSUERS).write_bytes(b"\x00" * (5 << 20))
    assert refusals(store, office), "too large to be read at all"
    assert refusals(store, office) == [], "a refused file is looked at once"
    assert store.lists() == held


def test_an_older_list_of_issuers_is_not_slipped_in_by_removing_the_newer(
    store: ListStore, folder: Path, office: Publisher
) -> None:
    office.issuers(3)
    store.look(office.inbox, NOW)
    (folder / ISSUERS).unlink()
    office.issuers(2)
    again, _ = restarted(folder, office)
    assert "held is 3" in refusals(again, office)[0]


def test_changes_of_the_revocations_follow_each_other(
    store: ListStore, folder: Path, office: Publisher
) -> None:
    first, second, third = listed(1, "a"), listed(2, "a", "b"), listed(3, "b")
    office.whole(first)
    store.look(office.inbox, NOW)
    office.change(first, second)
    office.change(second, third)
    assert [item.version for item in store.look(office.inbox, NOW)] == [2, 3]
    assert store.lists().revocations == third
    again, refused = restarted(folder, office)
    assert refused == []
    assert again.lists().revocations == third


def test_a_change_of_another_base_is_refused_and_the_whole_list_helps(
    store: ListStore, folder: Path, office: Publisher
) -> None:
    first, fourth, fifth = listed(1, "a"), listed(4, "a", "c"), listed(5, "c")
    office.whole(first)
    store.look(office.inbox, NOW)
    office.change(fourth, fifth)
    assert "4" in refusals(store, office)[0]
    assert store.lists().revocations == first
    office.whole(fifth)
    store.look(office.inbox, NOW)
    assert store.lists().revocations == fifth
    assert not list(folder.glob("*.delta")), "the whole list makes the changes needless"
    assert restarted(folder, office)[0].lists().revocations == fifth


def test_an_older_whole_list_takes_no_revocation_back(store: ListStore, office: Publisher) -> None:
    office.whole(listed(5, "a"))
    store.look(office.inbox, NOW)
    office.whole(listed(4))
    assert "older" in refusals(store, office)[0]
    assert "a" in store.lists().revocations


@pytest.mark.parametrize("harm", ["removed", "cut"])
def test_where_revocations_went_missing_no_certificate_counts(
    store: ListStore, folder: Path, office: Publisher, harm: str
) -> None:
    office.issuers(1)
    office.whole(listed(2, "a"))
    store.look(office.inbox, NOW)
    path = folder / REVOCATIONS
    if harm == "removed":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1])
    again, refused = restarted(folder, office)
    assert any("version 2" in words for words in refused)
    assert again.lists().freshness(NOW, StalenessRule()) is Freshness.CLOSE
    again.look(office.inbox, NOW)
    assert "a" in again.lists().revocations, "the inbox still has them"
    assert again.lists().freshness(NOW, StalenessRule()) is Freshness.FRESH


def test_a_key_that_the_registry_withdrew_signs_no_more(
    store: ListStore, folder: Path, office: Publisher
) -> None:
    office.issuers(1)
    store.look(office.inbox, NOW)
    again = ListStore(folder)
    assert "not trusted" in again.load({})[0].refusal
    assert not again.lists().issuers.cards


def test_a_list_is_taken_with_a_clock_that_is_unsure(store: ListStore, office: Publisher) -> None:
    office.issuers(1)
    unsure = WallTime(NOON + 9 * WEEK, ClockTrust.UNTRUSTED)
    assert [item.version for item in store.look(office.inbox, unsure)] == [1]
    assert store.lists().freshness(unsure, StalenessRule()) is Freshness.DEGRADE


# --- a clock that is wrong -----------------------------------------------------------------------


def test_lists_that_a_clock_of_2099_found_expired_are_taken_once_it_is_right(
    store: ListStore, office: Publisher
) -> None:
    office.issuers(3)
    office.whole(listed(1, "a"))
    wrong = WallTime(datetime(2099, 1, 1, tzinfo=UTC), ClockTrust.TRUSTED)
    assert len(refusals(store, office, wrong)) == 2
    assert store.look(office.inbox, wrong) == (), "time that goes by makes nothing good"
    assert [item.version for item in store.look(office.inbox, NOW)] == [3, 1]


def test_changes_to_revocations_that_are_not_held_yet_are_taken_once_they_are(
    store: ListStore, office: Publisher
) -> None:
    first, second = listed(1, "a"), listed(2, "a", "b")
    office.change(first, second)
    assert len(refusals(store, office)) == 1
    office.whole(first)
    store.look(office.inbox, NOW)
    store.look(office.inbox, NOW)
    assert store.lists().revocations.version == 2


@pytest.mark.parametrize("held", ["a list", "a registry"])
@pytest.mark.parametrize("claims", [datetime(1970, 1, 1, tzinfo=UTC), NOON, datetime(2099, 1, 1, tzinfo=UTC)])
def test_an_unsure_clock_takes_no_list_that_had_expired_before_something_held_was_signed(
    store: ListStore, office: Publisher, claims: datetime, held: str
) -> None:
    unsure = WallTime(claims, ClockTrust.UNTRUSTED)
    if held == "a list":
        office.whole(listed(1, "a"))
        store.look(office.inbox, unsure)
    office.issuers(3, age=WEEK)
    news = store.look(office.inbox, unsure, None if held == "a list" else NOON)
    assert ["expired" in item.refusal for item in news] == [True]
    office.issuers(4, age=WEEK - timedelta(seconds=1))
    assert [item.version for item in store.look(office.inbox, unsure, NOON)] == [4]
