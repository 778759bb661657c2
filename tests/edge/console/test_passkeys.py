"""Passkeys, with a browser's own authenticator: one is added to an account, and signs in by itself."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from edge.configuration import ConsoleSection
from edge.console.pages.passkeys import challenge_of
from tests.edge.console.staffed_gate import GUARD, console_of, cookies_of, gate_at_work
from tests.ports import free_port

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


def test_a_passkey_is_added_and_signs_in(tmp_path: Path, browser: Any) -> None:
    port = free_port()  # known before anything listens: passkeys are for one origin
    origin = f"http://localhost:{port}"
    with ExitStack() as opened:
        gate = opened.enter_context(gate_at_work(tmp_path, origin=origin))
        section = ConsoleSection(listen=f"http://127.0.0.1:{port}", language="en")
        opened.enter_context(console_of(gate, section))
        context = browser.new_context(base_url=origin, locale="en")
        opened.callback(context.close)
        page = context.new_page()
        tools = context.new_cdp_session(page)
        tools.send("WebAuthn.enable")
        added = tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        cookies = cookies_of(GUARD).items()
        context.add_cookies([{"name": name, "value": value, "url": origin} for name, value in cookies])
        page.goto("/own")
        page.get_by_role("button", name="Add a passkey").click()
        page.wait_for_url("**/own?done=passkey")
        page.get_by_text("The passkey is added.").wait_for()
        page.goto("/shift")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url("**/shift?next=*")
        page.get_by_role("link", name=GUARD.name).wait_for()
        tools.send("WebAuthn.clearCredentials", added)
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")  # loaded: before, the button hears no tap
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.locator("[data-passkey-said]:not([hidden])").wait_for()
        assert page.url.endswith("/sign-in"), "who has no passkey here is not signed in"
    assert any(b"passkey" in entry.body for entry in gate.journal("staff_signed_in"))


def test_what_a_browser_answers_is_read_for_its_challenge_whatever_it_is() -> None:
    data = "eyJjaGFsbGVuZ2UiOiAiYWJjIn0"
    assert challenge_of({"response": {"clientDataJSON": data}}) == "abc"
    for noise in (
        {},
        {"response": 1},
        {"response": {"clientDataJSON": "%%%"}},
        {"response": {"clientDataJSON": "e30"}},
    ):
        assert challenge_of(noise) == ""
    deep = {"response": {"clientDataJSON": "W1tb" * 4000}}
    assert challenge_of(deep) == ""
