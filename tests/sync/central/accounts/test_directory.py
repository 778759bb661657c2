"""A district's directory: a real issuer vouches, and nothing that it or anybody else makes up counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge.errors import ConfigurationError
from sync.central.accounts.accounts import account_named, accounts, end_account
from sync.central.accounts.challenges import LIFETIME
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.accounts.core.sessions import SignInWay
from sync.central.accounts.directory import Directory, DirectoryRefused
from sync.central.accounts.sessions import Visitor, signed_in
from sync.central.audit.audit import entries
from sync.central.configuration import DirectoryGrant, DirectorySection
from sync.central.places.sight import EVERYWHERE
from tests.edge.web.serving import NO_TLS
from tests.sync.central.accounts.conftest import OWNER, Centre
from tests.sync.central.accounts.issuer import CLIENT, SECRET, Issuer, issuing
from tests.sync.wire.examples import AT
from tests.waiting import PATIENT

HERE = Visitor("Firefox", "192.0.2.7")
ORIGIN = "https://console.example.org"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as made:
        made.claims = {"preferred_username": "Zhou.Ting", "name": "周婷", "groups": ["east", "unknown"]}
        yield made


@pytest.fixture
def section(issuer: Issuer, tmp_path: Path) -> DirectorySection:
    (tmp_path / "secret").write_text(SECRET + "\n")
    grants = (
        DirectoryGrant("east", "operator", "Wuhan/East"),
        DirectoryGrant("audit", "auditor"),
    )
    return DirectorySection("the district", issuer.address, CLIENT, tmp_path / "secret", grants=grants)


@pytest.fixture
def directory(section: DirectorySection, centre: Centre) -> Directory:
    return Directory(section, centre.store, ORIGIN)


def sent_back(directory: Directory, next_: str = "/") -> tuple[dict[str, str], str]:
    """What a browser brings back from the directory, and the cookie that it has."""
    begun = directory.begin(next_, AT)
    answer = httpx.get(begun.address, trust_env=False, verify=NO_TLS, timeout=PATIENT)
    assert answer.headers["location"].startswith(f"{ORIGIN}/sign-in/directory/return?")
    return dict(httpx.URL(answer.headers["location"]).params), begun.state


def come(directory: Directory) -> tuple[str, str]:
    answer, state = sent_back(directory, "/gates")
    return directory.finish(answer, state, HERE, AT)


def test_whom_the_directory_vouches_for_may_what_its_claim_is_mapped_to(
    directory: Directory, centre: Centre, issuer: Issuer
) -> None:
    secret, next_ = come(directory)
    found = signed_in(centre.store, secret, HERE, AT)
    assert found is not None
    assert next_ == "/gates"
    assert (found.account.name, found.account.display) == ("zhou.ting", "周婷")
    assert found.account.grants == (RoleGrant(Role.OPERATOR, centre.east),)
    assert found.session.way is SignInWay.DIRECTORY
    with centre.store.reading() as connection:
        noted = [(entry.name, entry.act) for entry in entries(connection, EVERYWHERE, count=3)]
    assert noted == [
        ("周婷", "sign_in"),
        ("directory the district", "give_grant"),
        ("directory the district", "create_account"),
    ]
    issuer.claims["groups"] = "audit"
    again, _ = come(directory)
    assert signed_in(centre.store, secret, HERE, AT) is None, "a changed grant ends the sessions before"
    found = signed_in(centre.store, again, HERE, AT)
    assert found is not None
    assert found.account.grants == (RoleGrant(Role.AUDITOR),)


def test_whom_it_gives_nothing_any_more_has_nothing(
    directory: Directory, centre: Centre, issuer: Issuer
) -> None:
    secret, _ = come(directory)
    issuer.claims["groups"] = []
    with pytest.raises(DirectoryRefused, match="gives you nothing to do here"):
        come(directory)
    assert signed_in(centre.store, secret, HERE, AT) is None
    with centre.store.reading() as connection:
        assert account_named(connection, "zhou.ting").grants == ()


def test_a_name_that_somebody_has_here_is_not_taken_over(
    directory: Directory, centre: Centre, issuer: Issuer
) -> None:
    issuer.claims |= {"preferred_username": "chief", "name": "\u202eevil"}
    secret, _ = come(directory)
    found = signed_in(centre.store, secret, HERE, AT)
    assert found is not None
    assert found.account.number not in centre.accounts.values()
    assert found.account.name.startswith("directory-")
    assert "\u202e" not in found.account.display


def test_an_account_that_has_ended_here_stays_ended(directory: Directory, centre: Centre) -> None:
    come(directory)
    with centre.store.writing() as connection:
        end_account(connection, OWNER, account_named(connection, "zhou.ting").number, AT)
    with pytest.raises(DirectoryRefused):
        come(directory)


Change = Callable[[dict[str, Any]], None]
LIES: dict[str, Change] = {
    "another issuer": lambda claims: claims.update(iss="https://evil.example"),
    "another audience": lambda claims: claims.update(aud="another client"),
    "another audience beside": lambda claims: claims.update(aud=["x", CLIENT], azp="x"),
    "another nonce": lambda claims: claims.update(nonce="x"),
    "no nonce": lambda claims: claims.pop("nonce"),
    "ended": lambda claims: claims.update(exp=AT // 1_000_000 - 61),
    "no end": lambda claims: claims.pop("exp"),
    "nobody": lambda claims: claims.pop("sub"),
    "of tomorrow": lambda claims: claims.update(nbf=AT // 1_000_000 + 86_400),
    "an end that is no number": lambda claims: claims.update(exp="never"),
}


def test_a_word_that_is_not_as_it_has_to_be_does_not_count(
    directory: Directory, centre: Centre, issuer: Issuer
) -> None:
    for lies in LIES.values():
        issuer.lies = lies
        with pytest.raises(DirectoryRefused, match="does not count"):
            come(directory)
    issuer.lies = lambda _: None
    issuer.signs_with = "somebody else"
    with pytest.raises(DirectoryRefused, match="does not count"):
        come(directory)
    issuer.signs_with, issuer.signs = "the directory", False
    with pytest.raises(DirectoryRefused, match="does not count"):
        come(directory)
    with centre.store.reading() as connection:
        assert len(accounts(connection, EVERYWHERE)) == len(centre.accounts), "nobody was made"


def test_an_answer_belongs_to_the_browser_and_the_minutes_in_which_it_was_asked_for(
    directory: Directory,
) -> None:
    answer, state = sent_back(directory)
    other, _ = sent_back(directory)
    for brought, cookie, at, said in (
        (answer, "", AT, "another browser"),
        (other, state, AT, "another browser"),
        ({**answer, "state": ""}, "", AT, "another browser"),
        ({**answer, "iss": "https://evil.example"}, state, AT, "another directory"),
        (answer, state, AT, "more than 5 minutes"),
    ):
        with pytest.raises(DirectoryRefused, match=said):
            directory.finish(brought, cookie, HERE, at)
    late, state = sent_back(directory)
    with pytest.raises(DirectoryRefused, match="more than 5 minutes"):
        directory.finish(late, state, HERE, AT + LIFETIME)
    _, state = sent_back(directory)
    with pytest.raises(DirectoryRefused, match="access_denied"):
        directory.finish({"state": state, "error": "access_denied"}, state, HERE, AT)


def test_a_directory_that_answers_nonsense_or_without_end_is_named(
    directory: Directory, issuer: Issuer, section: DirectorySection, centre: Centre
) -> None:
    for raw, said in (
        (b"<html>", "cannot be asked"),
        (b"\xff", "cannot be asked"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "no object"),
        (b" " * 300_000, "without end"),
    ):
        issuer.raw = raw
        with pytest.raises(DirectoryRefused, match=said):
            directory.begin("/", AT)
    issuer.raw = None
    issuer.metadata = {"issuer": "https://evil.example"}
    with pytest.raises(DirectoryRefused, match="calls itself"):
        directory.begin("/", AT)
    issuer.metadata = {"authorization_endpoint": None}
    with pytest.raises(DirectoryRefused, match="no authorization_endpoint"):
        directory.begin("/", AT)
    gone = DirectorySection("gone", "http://127.0.0.1:1", CLIENT, section.client_secret)
    with pytest.raises(DirectoryRefused, match="cannot be asked"):
        Directory(gone, centre.store, ORIGIN).begin("/", AT)


@pytest.mark.parametrize("issuer_address", ["http://directory.example", "ftp://127.0.0.1"])
def test_a_directory_is_asked_over_tls_only(centre: Centre, tmp_path: Path, issuer_address: str) -> None:
    (tmp_path / "secret").write_text(SECRET)
    section = DirectorySection("x", issuer_address, CLIENT, tmp_path / "secret")
    with pytest.raises(ConfigurationError, match="https"):
        Directory(section, centre.store, ORIGIN)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Directory(DirectorySection("x", "https://x", CLIENT, tmp_path / "none"), centre.store, ORIGIN)
