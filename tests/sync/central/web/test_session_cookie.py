"""The session's cookie: who it lets in, and when it lets in nobody any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.responses import Response

from sync.central.accounts.accounts import create_account, set_preferences
from sync.central.accounts.actor import command_line_actor
from sync.central.accounts.core.roles import Act, Role, RoleGrant
from sync.central.accounts.core.sessions import SignInWay
from sync.central.accounts.sessions import Visitor, begin_session
from sync.central.configuration import CentralConsoleSection
from sync.central.store import Store, open_store
from sync.central.units import HOUR
from sync.central.web.app import console_app, lay_routes
from sync.central.web.routes import Pages
from sync.central.web.services import Services
from sync.central.web.session_cookie import cookie_of
from sync.central.web.visit import VisitOf
from tests.edge.web.serving import NO_TLS, served
from tests.sync.wire.examples import AT
from tests.waiting import PATIENT

AGENT = "Firefox"
MINUTE = HOUR // 60
TRIAL = Pages()


@TRIAL.get("/trial", act=Act.SEE)
def trial(visit: VisitOf) -> Response:
    return visit.page("home.html", title="trial")


@dataclass
class Clock:
    now: int = AT

    def wall(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(founded: Path, tmp_path: Path) -> Iterator[Store]:
    copy = tmp_path / "central.sqlite"
    copy.write_bytes(founded.read_bytes())
    with closing(open_store(f"sqlite:///{copy}")) as store:
        yield store


@pytest.fixture
def account(opened: Store) -> int:
    with opened.writing() as connection:
        boss = command_line_actor("boss")
        return create_account(connection, boss, "he-jing", "何静", [RoleGrant(Role.OPERATOR)], AT)


@pytest.fixture
def client(opened: Store, clock: Clock, account: int) -> Iterator[httpx.Client]:
    """A browser with a session that was begun in it."""
    with opened.writing() as connection:
        secret = begin_session(connection, account, SignInWay.PASSKEY, Visitor(AGENT, "127.0.0.1"), AT)
    app = console_app(
        Services(opened, clock.wall, CentralConsoleSection(session_hours=2)),
        laid=lay_routes((TRIAL,), has_api=False),
    )
    cookies, headers = {"gatepost": secret}, {"user-agent": AGENT, "accept-language": "zh"}
    with (
        served(app) as address,
        httpx.Client(
            base_url=address, cookies=cookies, headers=headers, verify=NO_TLS, timeout=PATIENT
        ) as client,
    ):
        yield client


def test_a_session_lets_in_the_account_that_it_is_of(client: httpx.Client) -> None:
    answer = client.get("/trial")
    assert answer.status_code == 200
    assert "何静" in answer.text


@pytest.mark.parametrize(
    ("minutes", "lets_in"), [([59], True), ([61], False), ([50, 100], True), ([50, 100, 119, 121], False)]
)
def test_a_session_ends_unused_or_after_its_hours(
    client: httpx.Client, clock: Clock, minutes: list[int], lets_in: bool
) -> None:
    for minute in minutes:
        clock.now = AT + minute * MINUTE
        status = client.get("/trial").status_code
    assert (status == 200) is lets_in


@pytest.mark.parametrize("cookie", ["", "x", "gatepost", "a" * 4_000])
def test_no_other_cookie_lets_in_anybody(client: httpx.Client, cookie: str) -> None:
    answer = httpx.get(
        client.base_url.join("/trial"), cookies={"gatepost": cookie}, verify=NO_TLS, timeout=PATIENT
    )
    assert answer.headers["location"].startswith("/sign-in")


def test_a_stolen_cookie_ends_the_session_for_both(client: httpx.Client) -> None:
    assert client.get("/trial", headers={"user-agent": "curl"}).status_code == 303
    assert client.get("/trial").status_code == 303


def test_what_the_account_chose_comes_with_the_session(
    client: httpx.Client, opened: Store, account: int
) -> None:
    assert "data-single-keys" not in client.get("/trial").text
    with opened.writing() as connection:
        set_preferences(connection, account, language="en", single_keys=False)
    page = client.get("/trial").text
    assert '<html lang="en">' in page
    assert '<body data-single-keys="off">' in page


@pytest.mark.parametrize(
    ("origin", "name"), [("", "gatepost"), ("https://console.example", "__Host-gatepost")]
)
def test_over_tls_the_cookies_name_binds_it_to_the_host(origin: str, name: str) -> None:
    assert cookie_of(CentralConsoleSection(origin=origin)).name == name
