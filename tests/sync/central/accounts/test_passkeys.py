"""Passkeys on both databases: enrolled, found without a name, and every way to cheat refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.accounts.accounts import account_at, end_account
from sync.central.accounts.challenges import LIFETIME
from sync.central.accounts.passkeys import (
    MOST_PASSKEYS,
    PasskeyRefused,
    asserted,
    enrol_passkey,
    enrolment_options,
    passkeys_of,
    remove_passkey,
    sign_in_options,
)
from sync.central.accounts.relying_party import RelyingParty, relying_party
from sync.central.store import Store, StoreError, open_store
from tests.sync.central.accounts.authenticator import PRESENT, Authenticator, b64, unb64
from tests.sync.central.accounts.conftest import OWNER, Centre
from tests.sync.tables import make_tables
from tests.sync.wire.examples import AT

PARTY = RelyingParty("localhost", "http://localhost:8080")


@pytest.mark.parametrize(
    ("origin", "party"),
    [
        ("https://console.example.org", RelyingParty("console.example.org", "https://console.example.org")),
        ("https://c.example:8443", RelyingParty("c.example", "https://c.example:8443")),
        ("http://127.0.0.1:8080", RelyingParty("localhost", "http://localhost:8080")),
        ("http://[::1]:8080", RelyingParty("localhost", "http://localhost:8080")),
        ("http://192.0.2.7:8080", None),
    ],
)
def test_a_passkey_is_for_a_name_and_this_computers_name_is_localhost(
    origin: str, party: RelyingParty | None
) -> None:
    assert relying_party(origin) == party


def enrol(centre: Centre, key: Authenticator, name: str = "chief", at: int = AT) -> None:
    with centre.store.writing() as connection:
        held = account_at(connection, centre.accounts[name])
        answer = key.enrolled(enrolment_options(connection, held, PARTY, AT))
        enrol_passkey(connection, held.actor(), held, PARTY, answer, "phone", at)


def options(centre: Centre) -> str:
    with centre.store.writing() as connection:
        return sign_in_options(connection, PARTY, AT)


def comes(centre: Centre, answer: str, at: int = AT) -> tuple[int, bool]:
    with centre.store.writing() as connection:
        found = asserted(connection, PARTY, answer, at)
        return found.account, found.is_copy


def test_a_passkey_is_enrolled_and_signs_its_account_in_without_a_name(centre: Centre) -> None:
    key = Authenticator()
    enrol(centre, key)
    asked = json.loads(options(centre))
    assert (asked["userVerification"], asked["allowCredentials"]) == ("required", [])
    assert comes(centre, key.signed_in(options(centre))) == (centre.accounts["chief"], False)
    with centre.store.reading() as connection:
        [held] = passkeys_of(connection, centre.accounts["chief"])
    assert (held.label, held.made_at, held.used_at) == ("phone", AT, AT)


def test_an_answer_counts_once_and_soon(centre: Centre) -> None:
    key = Authenticator()
    enrol(centre, key)
    answer = key.signed_in(options(centre))
    comes(centre, answer)
    late, never_asked = (
        key.signed_in(options(centre)),
        key.signed_in(json.dumps({"rpId": "localhost", "challenge": "AAAA"})),
    )
    for replayed, at in ((answer, AT), (late, AT + LIFETIME), (never_asked, AT)):
        with pytest.raises(PasskeyRefused, match="no question of the last 5 minutes"):
            comes(centre, replayed, at)


def test_a_counter_that_goes_back_or_stands_is_a_copy(centre: Centre) -> None:
    key = Authenticator()
    enrol(centre, key)
    comes(centre, key.signed_in(options(centre)))
    comes(centre, key.signed_in(options(centre)))
    for counted in (2, 1, 0):
        key.counter = counted - 1
        assert comes(centre, key.signed_in(options(centre))) == (centre.accounts["chief"], True)
    key.counter = 2
    assert comes(centre, key.signed_in(options(centre))) == (centre.accounts["chief"], False)


def test_an_authenticator_that_never_counts_is_no_copy(centre: Centre) -> None:
    key = Authenticator(counter=0)
    enrol(centre, key)
    for _ in range(2):
        key.counter = -1
        assert comes(centre, key.signed_in(options(centre))) == (centre.accounts["chief"], False)


LIES: dict[str, Callable[[Authenticator], None]] = {
    "another site's page asked": lambda key: setattr(key, "origin", "https://evil.example"),
    "the user was not verified": lambda key: setattr(key, "flags", PRESENT),
    "nobody was there": lambda key: setattr(key, "flags", 0),
    "another account's handle": lambda key: setattr(key, "handle", b"x" * 64),
}


def test_what_is_not_as_it_has_to_be_is_refused(centre: Centre) -> None:
    taken = []
    for lie, lies in LIES.items():
        key = Authenticator()
        enrol(centre, key)
        lies(key)
        try:
            comes(centre, key.signed_in(options(centre)))
            taken.append(lie)
        except PasskeyRefused:
            pass
    assert taken == []
    stranger = Authenticator(handle=b"")
    with pytest.raises(PasskeyRefused, match="not enrolled here"):
        comes(centre, stranger.signed_in(options(centre)))
    held = Authenticator()
    enrol(centre, held)
    answer = json.loads(held.signed_in(options(centre)))
    answer["response"]["signature"] = b64(unb64(answer["response"]["signature"])[:-1] + b"\x00")
    with pytest.raises(PasskeyRefused, match="does not count"):
        comes(centre, json.dumps(answer))


def test_an_enrolment_needs_a_verified_user_our_page_and_a_question_to_this_account(centre: Centre) -> None:
    for key in (Authenticator(flags=PRESENT), Authenticator(origin="https://evil.example")):
        with pytest.raises(PasskeyRefused, match="does not count"):
            enrol(centre, key)
    with pytest.raises(PasskeyRefused, match="no question"):
        enrol(centre, Authenticator(), at=AT + LIFETIME)
    with centre.store.writing() as connection:
        mine, other = (account_at(connection, centre.accounts[name]) for name in ("chief", "east.admin"))
        answer = Authenticator().enrolled(enrolment_options(connection, other, PARTY, AT))
        with pytest.raises(PasskeyRefused, match="no question"):
            enrol_passkey(connection, mine.actor(), mine, PARTY, answer, "phone", AT)
        assert passkeys_of(connection, mine.number) == []


def test_a_passkey_is_enrolled_once_and_not_without_end(centre: Centre) -> None:
    key = Authenticator()
    enrol(centre, key)
    with pytest.raises(PasskeyRefused, match="enrolled already"):
        enrol(centre, key, "east.admin")
    for _ in range(MOST_PASSKEYS - 1):
        enrol(centre, Authenticator())
    with pytest.raises(PasskeyRefused, match="at most"):
        enrol(centre, Authenticator())


def test_a_removed_passkey_and_one_of_an_ended_account_open_nothing(centre: Centre) -> None:
    removed, kept = Authenticator(), Authenticator()
    enrol(centre, removed)
    enrol(centre, kept, "east.operator")
    with centre.store.writing() as connection:
        held = account_at(connection, centre.accounts["chief"])
        other = account_at(connection, centre.accounts["east.operator"])
        for wrong in (b64(kept.id), "", "§", "A"):
            with pytest.raises(StoreError, match="no such passkey"):
                remove_passkey(connection, held.actor(), held, wrong, AT)
        remove_passkey(connection, held.actor(), held, b64(removed.id), AT)
        end_account(connection, OWNER, other.number, AT)
    for key in (removed, kept):
        with pytest.raises(PasskeyRefused, match="not enrolled here"):
            comes(centre, key.signed_in(options(centre)))


# --- what is no answer at all --------------------------------------------------------------------


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path_factory.mktemp('empty')}/central.sqlite"
    make_tables(url)
    with closing(open_store(url)) as store:
        yield store


NONSENSE = ["", "null", "[]", "{}", '"x"', "{" * 5000, '{"id":1}', "\x00"]
texts = st.text(max_size=40)
answers = st.fixed_dictionaries(
    {
        "id": texts,
        "rawId": texts,
        "type": st.sampled_from(["public-key", "x"]),
        "response": st.dictionaries(
            st.sampled_from(
                ["clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject"]
            ),
            st.one_of(
                texts, st.none(), st.just(b64(b'{"type":"webauthn.get","challenge":"AA","origin":"x"}'))
            ),
        ),
    }
)


@given(st.one_of(st.sampled_from(NONSENSE), texts, answers.map(json.dumps)))
def test_what_is_no_answer_is_refused_and_nothing_else(empty: Store, answer: str) -> None:
    with empty.reading() as connection, pytest.raises(PasskeyRefused):
        asserted(connection, PARTY, answer, AT)
