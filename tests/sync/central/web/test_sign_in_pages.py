"""Signing in on the pages, with real accounts: by a virtual passkey in Chromium, and by every other way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pyotp import TOTP

from sync.central.accounts.accounts import account_named, create_account, give
from sync.central.accounts.actor import command_line_actor
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.accounts.core.sessions import SignInWay
from sync.central.accounts.links import one_time_link
from sync.central.accounts.passwords import STEP
from sync.central.accounts.relying_party import relying_party
from sync.central.accounts.sessions import Visitor, begin_session
from sync.central.accounts.tokens import actor_by_token
from sync.central.audit.audit import entries, verify_chain
from sync.central.audit.tables import audit_entry
from sync.central.configuration import CentralConsoleSection, DirectoryGrant, DirectorySection
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store, open_store
from sync.central.units import HOUR
from sync.central.web.app import console_app
from sync.central.web.services import Services
from tests.edge.web.serving import NO_TLS, served
from tests.sync.central.accounts.issuer import CLIENT, SECRET, issuing
from tests.sync.central.web.laid import laid
from tests.sync.wire.examples import AT as SOME_TIME
from tests.waiting import PATIENT

AT = SOME_TIME // STEP * STEP
OWNER = command_line_actor("the owner")
OURS = {"sec-fetch-site": "same-origin", "accept-language": "en"}
AGENT = "python-httpx"


@dataclass
class Centre:
    """A console with real accounts; `now` is its time."""

    store: Store
    address: str = ""
    now: int = AT
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, **headers: str) -> httpx.Client:
        """A browser that nobody has signed in with; it follows no redirect."""
        made = httpx.Client(
            base_url=self.address,
            headers={**OURS, "user-agent": AGENT, **headers},
            timeout=PATIENT,
            verify=NO_TLS,
        )
        self.clients.append(made)
        return made

    def signed_in(self, name: str) -> httpx.Client:
        """A browser in which `name` has a session."""
        client = self.client()
        with self.store.writing() as connection:
            number = account_named(connection, name).number
            secret = begin_session(
                connection, number, SignInWay.PASSKEY, Visitor(AGENT, "127.0.0.1"), self.now
            )
        client.cookies.set("gatepost", secret)
        return client

    def link(self, name: str) -> str:
        with self.store.writing() as connection:
            return one_time_link(connection, account_named(connection, name).number, self.now)

    def acts(self) -> list[str]:
        with self.store.reading() as connection:
            return [entry.act for entry in entries(connection, EVERYWHERE)]


@pytest.fixture
def centre(founded: Path, tmp_path: Path) -> Iterator[Centre]:
    copy = tmp_path / "central.sqlite"
    copy.write_bytes(founded.read_bytes())
    with closing(open_store(f"sqlite:///{copy}")) as store:
        made = Centre(store)
        with store.writing() as connection:
            create_account(connection, OWNER, "chief", "王芳", [RoleGrant(Role.ADMINISTRATOR)], AT)
            create_account(connection, OWNER, "lei", "赵磊", [RoleGrant(Role.OPERATOR)], AT)
        # The port is known once it listens; on this computer a passkey is for localhost at that port.
        services = Services(store, lambda: made.now, CentralConsoleSection(port=0))
        app = console_app(services, laid=laid())
        with served(app) as address:
            made.address = address
            app.state.sign_in = replace(app.state.sign_in, party=relying_party(address))
            yield made
        for client in made.clients:
            client.close()


# --- in a browser --------------------------------------------------------------------------------


def test_a_person_comes_by_a_link_enrols_a_passkey_and_signs_in_with_it(centre: Centre, browser: Any) -> None:
    address = centre.address.replace("127.0.0.1", "localhost")
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    with closing(context):
        tools = context.new_cdp_session(page)
        tools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
        }
        added = tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto(address + centre.link("chief"))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/account")
        assert "Enrol a passkey now" in page.content()
        page.get_by_label("Name of the new passkey").fill("<b>my phone</b>")
        page.get_by_role("button", name="Enrol a passkey").click()
        page.wait_for_url("**/account?done=passkey")
        assert page.get_by_text("<b>my phone</b>").is_visible(), "what somebody types is text"
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.wait_for_url("**/sign-in")
        page.goto(f"{address}/accounts")
        page.wait_for_url("**/sign-in?next=%2Faccounts")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url("**/accounts")
        assert page.get_by_role("link", name="赵磊").is_visible()
        [cookie] = context.cookies()
        assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("gatepost", True, "Strict")
        tools.send("WebAuthn.clearCredentials", added)
        page.goto(f"{address}/account")
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.locator("[data-passkey-said]:not([hidden])").wait_for()
        assert page.url.endswith("/sign-in"), "who has no passkey here is not signed in"
    assert said == []
    assert centre.acts()[:5] == ["sign_out", "sign_in", "sign_out", "enrol_passkey", "sign_in"]


# --- without one ---------------------------------------------------------------------------------


def test_somebody_sets_a_password_with_a_second_factor_and_comes_in_by_both(centre: Centre) -> None:
    own = centre.signed_in("lei")
    page = own.get("/account/password").text
    secret = re.search(r'class="secret">(\w+)<', page)
    word = re.search(r'name="word" value="([\w-]+)"', page)
    assert secret is not None
    assert word is not None
    form = {"word": word[1], "password": "four words nobody guesses", "again": "four words nobody guesses"}
    code = TOTP(secret[1]).generate_otp(AT // STEP)
    answer = own.post("/account/password", data={**form, "code": code})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?done=password")
    stranger = centre.client()
    wrong = stranger.post("/sign-in/password", data={"name": "lei", "password": "x", "code": code})
    assert wrong.status_code == 422
    assert "The name, the password or the code is wrong" in wrong.text
    assert 'value="lei"' in wrong.text, "what was typed is not lost"
    code = TOTP(secret[1]).generate_otp(AT // STEP + 1)
    fields = {"name": "lei", "password": form["password"], "code": code, "next": "/tokens"}
    right = stranger.post("/sign-in/password", data=fields)
    assert (right.status_code, right.headers["location"]) == (303, "/tokens")
    assert "HttpOnly" in right.headers["set-cookie"]
    assert "SameSite=strict" in right.headers["set-cookie"]
    assert stranger.get("/account").status_code == 200
    again = centre.client().post("/sign-in/password", data=fields)
    assert again.status_code == 422, "a code counts once"


def test_tries_beyond_the_limit_are_told_how_long_to_wait(centre: Centre) -> None:
    client = centre.client()
    answers = [client.post("/sign-in/password", data={"name": "lei", "password": "x"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 900
    nobody = [client.post("/sign-in/password", data={"name": "nobody", "password": "x"}) for _ in range(11)]
    assert [answer.status_code for answer in nobody] == [422] * 10 + [429], "as for a name that somebody has"


def test_a_link_is_not_used_up_by_looking_and_signs_in_once(centre: Centre) -> None:
    link, client = centre.link("lei"), centre.client()
    assert client.get(link).status_code == client.get(link).status_code == 200
    answer = client.post(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    for wrong in (link, "/sign-in/link/x", "/sign-in/link/" + "x" * 3000):
        refused = centre.client().post(wrong)
        assert refused.status_code == 422
        assert "set-cookie" not in refused.headers
        assert "Ask for a new one" in refused.text


def test_a_session_that_somebody_fixed_before_is_not_the_one_after(centre: Centre) -> None:
    client = centre.client()
    client.cookies.set("gatepost", "fixed-by-somebody-else")
    made = client.post(centre.link("lei"))
    assert "fixed-by-somebody-else" not in made.headers["set-cookie"]
    victim = centre.signed_in("lei")
    before = victim.cookies["gatepost"]
    victim.post(centre.link("chief"))
    thief = centre.client()
    thief.cookies.set("gatepost", before)
    assert thief.get("/account").status_code == 303, "the session before the sign-in has ended"


def test_no_answer_of_a_passkey_that_is_none_fails_the_console(centre: Centre) -> None:
    for body in ("", "null", "[]", '"x"', "{" * 100, '{"id": 1}'):
        answer = centre.client().post(
            "/sign-in/passkey", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 422, body
        assert "set-cookie" not in answer.headers
    own = centre.signed_in("lei")
    assert own.post("/account/passkeys", json={"id": "x"}).status_code == 422


def test_a_forged_origin_signs_nobody_in_or_out(centre: Centre) -> None:
    forged = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    own = centre.signed_in("lei")
    for path in ("/sign-out", "/account/sessions/end-all", "/account/password/remove", centre.link("lei")):
        answer = own.post(path, headers=forged)
        assert (answer.status_code, "nothing was done" in answer.text) == (403, True), path
    assert own.get("/account").status_code == 200


def test_who_comes_from_another_sites_link_is_asked_for_the_cookie_once_more(centre: Centre) -> None:
    page = centre.client().get("/sign-in?next=/audit", headers={"sec-fetch-site": "cross-site"}).text
    assert '<meta http-equiv="refresh" content="0">' in page
    assert "refresh" not in centre.client().get("/sign-in?next=/audit").text
    assert centre.signed_in("lei").get("/sign-in?next=/tokens").headers["location"] == "/tokens"
    assert centre.signed_in("lei").get("/sign-in?next=//evil.example").headers["location"] == "/"


def test_somebody_comes_by_the_districts_directory(centre: Centre, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    with issuing() as issuer:
        issuer.claims = {"preferred_username": "zhou", "name": "周婷", "groups": "audit"}
        grants = (DirectoryGrant("audit", "auditor"),)
        section = DirectorySection("the district", issuer.address, CLIENT, tmp_path / "secret", grants=grants)
        services = Services(centre.store, lambda: centre.now, CentralConsoleSection(directory=section))
        with (
            served(console_app(services, laid=laid())) as address,
            httpx.Client(base_url=address, headers=OURS, verify=NO_TLS, timeout=PATIENT) as client,
        ):
            assert "Sign in with the district" in client.get("/sign-in").text
            begun = client.get("/sign-in/directory?next=/audit")
            back = httpx.URL(
                httpx.get(begun.headers["location"], trust_env=False, verify=NO_TLS, timeout=PATIENT).headers[
                    "location"
                ]
            )
            answer = client.get(f"{back.path}?{back.query.decode()}")
            assert (answer.status_code, answer.headers["location"]) == (303, "/audit")
            assert "SameSite=lax" in answer.headers["set-cookie"], "a browser that comes back brings it along"
            assert "周婷" in client.get("/audit").text
            client.cookies.clear()
            stranger = client.get(f"{back.path}?{back.query.decode()}")
            assert (stranger.status_code, "did not sign you in" in stranger.text) == (422, True)


# --- a page left open overnight ------------------------------------------------------------------


def test_a_page_left_open_overnight_does_nothing_and_loses_nothing(centre: Centre) -> None:
    own = centre.signed_in("chief")
    centre.now += 13 * HOUR
    before = centre.acts()
    form = {"name": "new.one", "display": "<i>李娜</i>", "role": "operator", "place": "everywhere"}
    page = own.post("/accounts", data=form, headers={"referer": f"{centre.address}/accounts"})
    assert page.status_code == 401
    assert "Nothing was done." in page.text
    assert "&lt;i&gt;李娜&lt;/i&gt;" in page.text, "what was typed is there to be copied"
    assert 'href="/sign-in?next=%2Faccounts"' in page.text, "and the sign-in leads back to the page"
    part = own.post("/accounts", data=form, headers={"hx-request": "true", "hx-request-type": "partial"})
    assert (part.status_code, part.headers["hx-retarget"]) == (401, "#content")
    assert "what you typed is still here" in part.text
    password = own.post(
        "/account/password", data={"word": "w", "password": "secret words", "again": "x", "code": "1"}
    )
    assert "secret words" not in password.text
    elsewhere = own.post("/accounts", data=form, headers={"referer": "https://evil.example/x"})
    assert 'href="/sign-in?next=%2F"' in elsewhere.text
    assert centre.acts() == before


# --- accounts, tokens, audit ---------------------------------------------------------------------


def test_an_administrator_makes_an_account_gives_and_takes_roles_and_ends_it(centre: Centre) -> None:
    chief = centre.signed_in("chief")
    form = {"name": "new.one", "display": "李娜", "role": "operator", "place": "everywhere"}
    made = chief.post("/accounts", data=form)
    assert made.headers["location"] == "/accounts/new.one?done=made"
    shown = chief.post("/accounts/new.one/link").text
    link = re.search(r"https?://localhost:\d+(/sign-in/link/[\w-]+)", shown)
    assert link is not None
    new = centre.client()
    assert new.post(link[1]).status_code == 303
    assert new.get("/account").status_code == 200
    role = {"role": "auditor", "place": "everywhere"}
    assert chief.post("/accounts/new.one/give", data=role).headers["location"].endswith("given")
    assert new.get("/account").status_code == 303, "a changed grant ends the sessions at once"
    assert chief.post("/accounts/new.one/take", data=role).headers["location"].endswith("taken")
    assert chief.post("/accounts/new.one/sign-out").status_code == 303
    assert chief.post("/accounts/new.one/end").headers["location"].endswith("ended")
    assert "ended" in chief.get("/accounts").text
    last = chief.post("/accounts/chief/end")
    assert (last.status_code, "last administrator" in last.text) == (422, True)
    assert chief.get("/account").status_code == 200, "nothing was done"
    for path in ("/accounts/nobody", "/accounts/%2e%2e", "/accounts/" + "x" * 500):
        assert chief.get(path).status_code == 404
    assert chief.post("/accounts/lei/give", data={"role": "auditor", "place": "x"}).status_code == 404
    assert centre.signed_in("lei").get("/accounts").status_code == 404


def test_one_sees_where_one_is_signed_in_and_ends_it(centre: Centre) -> None:
    here, there = centre.signed_in("lei"), centre.signed_in("lei")
    numbers = re.findall(r'name="number" value="(\d+)"', here.get("/account").text)
    assert len(numbers) == 2
    other = centre.signed_in("chief")
    for number in numbers:
        assert other.post("/account/sessions/end", data={"number": number}).status_code == 422, "not hers"
    for number in numbers:
        if there.get("/account").status_code == 200:
            here.post("/account/sessions/end", data={"number": number})
    assert there.get("/account").status_code == 303 or here.get("/account").status_code == 303
    again = centre.signed_in("lei")
    assert again.post("/account/sessions/end-all").headers["location"] == "/sign-in"
    assert again.get("/account").status_code == 303
    saving = centre.signed_in("lei")
    saving.post("/account/preferences", data={"language": "zh"})
    page = saving.get("/account", headers={"accept-language": "en"}).text
    assert '<html lang="zh-CN">' in page
    assert 'data-single-keys="off"' in page


def test_a_token_is_shown_once_and_can_be_revoked(centre: Centre) -> None:
    lei, chief = centre.signed_in("lei"), centre.signed_in("chief")
    form = {"label": "nightly-sums", "days": "30", "acts": ["see"]}
    token = re.search(r"gatepost_[\w-]{43}", lei.post("/tokens", data=form).text)
    assert token is not None
    assert actor_by_token(centre.store, token[0], AT).name == "赵磊"
    assert token[0] not in lei.get("/tokens").text
    for wrong in ({**form, "acts": ["publish"]}, {**form, "days": "0"}, {**form, "acts": []}):
        assert lei.post("/tokens", data=wrong).status_code == 422
    assert "nightly-sums" in chief.get("/tokens").text
    with centre.store.writing() as connection:
        create_account(connection, OWNER, "other", "Other", [], AT)
        give(connection, OWNER, account_named(connection, "other").number, RoleGrant(Role.OPERATOR), AT)
    other = centre.signed_in("other")
    assert "nightly-sums" not in other.get("/tokens").text
    assert other.post("/tokens/1/revoke").status_code == 404
    assert lei.post("/tokens/1/revoke").status_code == 303
    assert "revoked" in lei.get("/tokens").text


def test_the_audit_page_filters_pages_and_says_a_broken_chain_in_words(centre: Centre) -> None:
    chief = centre.signed_in("chief")
    with centre.store.writing() as connection:
        for number in range(60):
            create_account(connection, OWNER, f"somebody.{number}", "Somebody", [], AT)
    first = chief.get("/audit").text
    older = re.search(r'href="(/audit\?before=[^"]+)" rel="next"', first)
    assert older is not None
    assert "somebody.59" in first
    assert "somebody.3<" not in first
    assert "somebody.3<" in chief.get(older[1]).text
    assert "somebody.7<" in chief.get("/audit?kind=account&about=somebody.7").text
    only = chief.get("/audit?who=chief").text
    assert "<small>sign_in<" in only
    assert "<small>create_account<" not in only
    assert "made a one-time link" in only, "in words, not to be known by heart"
    assert "No entries" in chief.get("/audit?act=nothing").text
    assert chief.get("/audit?before=%00").status_code == 422
    assert "are as they were written" in chief.post("/audit/verify").text
    with centre.store.writing() as connection:
        connection.execute(sa.update(audit_entry).where(audit_entry.c.number == 5).values(name="Nobody"))
        assert verify_chain(connection).broken_at == 5
    broken = chief.get("/audit").text
    assert "The chain is broken at entry 5" in broken
    assert 'role="alert"' in broken
