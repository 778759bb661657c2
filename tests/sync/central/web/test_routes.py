"""Every route says which act it takes, and is there for those who may do it."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence

import pytest
from starlette.routing import Mount, Route

from edge.web.routes import BODY, Public
from edge.web.texts import Language
from sync.central.accounts.core.roles import Act, Role, acts_of
from sync.central.web.api.metrics import PATH as METRICS
from sync.central.web.api.serving import ALL_OPERATIONS, DOCUMENT
from sync.central.web.app import console_app
from sync.central.web.pages import ALL_PAGES
from sync.central.web.services import Services
from tests.examples import few
from tests.sync.central.web.addresses import ADDRESSES
from tests.sync.central.web.conftest import Console
from tests.waiting import PATIENT

DECLARED = [route for pages in ALL_PAGES for route in pages]
PLAIN = [route for route in DECLARED if route.method == "GET" and "{" not in route.path]


def test_nothing_is_reachable_but_what_is_declared(read_console: Console) -> None:
    app = console_app(Services(read_console.store, lambda: 0), who=lambda _: None)
    found = set()
    for route in app.routes:
        if isinstance(route, Mount):
            assert route.path == "/static"
        else:
            assert isinstance(route, Route)
            found |= {(method, route.path) for method in route.methods or () if method != "HEAD"}
    of_api = {(operation.method, operation.path) for table in ALL_OPERATIONS for operation in table}
    by_token = {("GET", DOCUMENT), ("GET", METRICS)}
    assert found == {(route.method, route.path) for route in DECLARED} | of_api | by_token


def test_no_address_is_declared_twice() -> None:
    declared = [(route.method, route.path) for route in DECLARED]
    assert len(declared) == len(set(declared))


def test_every_route_has_an_act() -> None:
    assert all(isinstance(route.right, (Act, Public)) for route in DECLARED)


def asking(right: Act | Public) -> Sequence[Role | None]:
    """Nobody, and every role; in `make test`, of the roles that may open a page with this right, one."""
    refused = [role for role in Role if not isinstance(right, Public) and right not in acts_of(role)]
    return [None, *refused, *few([role for role in Role if role not in refused], 1)]


@pytest.mark.longer
@pytest.mark.parametrize("path", sorted(route.path for route in PLAIN))
def test_a_page_is_there_for_those_who_may_open_it_and_for_nobody_else(
    read_console: Console, path: str
) -> None:
    [act] = [route.right for route in PLAIN if route.path == path]
    for role in asking(act):
        with read_console.client(role).stream("GET", path) as answer:
            status = answer.status_code
        if isinstance(act, Public):
            assert status in {200, 303}, f"{role}: {status}"
        elif role is None:
            assert (status, answer.headers["location"][:9]) == (303, "/sign-in?")
        elif act in acts_of(role):
            assert status in {200, 303}, f"{role}: {status}"
        else:
            assert status == 404, f"{role}: {status}"


@pytest.mark.parametrize("language", list(Language))
def test_every_page_is_there_in_both_languages(read_console: Console, language: Language) -> None:
    client = read_console.client(Role.ADMINISTRATOR)
    for route in PLAIN:
        with client.stream("GET", route.path, headers={"accept-language": language.value}) as answer:
            if "text/html" in answer.headers.get("content-type", ""):
                text = answer.read().decode()
                assert f'<html lang="{language.value}' in text, route.path
                assert not re.search("centre waits|中心正在等待", text), f"{route.path}: it waits for nothing"


PARAMETERIZED = sorted(path for method, path in ADDRESSES if method == "GET" and not path.startswith("/api"))


@pytest.mark.parametrize("path", [*sorted(route.path for route in PLAIN), *PARAMETERIZED])
def test_a_page_that_names_a_site_by_its_id_says_what_it_is_called(read_console: Console, path: str) -> None:
    """Nobody knows a site by its id alone: its name comes first, the id small."""
    place = ADDRESSES.get(("GET", path))
    address = path if place is None else place.address(read_console.town, read_console.store)
    site = read_console.town.site.file
    with read_console.client().stream("GET", address) as answer:
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return
        main = answer.read().decode().partition("<main")[2]
    shown = re.sub(r"<option.*?>|<pre.*?</pre>", "", main)
    lines = re.split(r"</(?:tr|li|p|h1|h2|dd|section)>", shown)
    texts = [re.sub(r"<[^>]*>", " ", line) for line in lines]
    named = re.compile(rf"(?<![\w./-]){re.escape(site.id)}(?![\w./-])")
    assert [text for text in texts if named.search(text) and site.name not in text] == []


NO_NUMBER, LOOKS_LIKE_ONE = "9" * 23, "²"
"""What no database holds as a number, and what Python takes for a digit but not for a number."""
A_FORM = {
    **dict.fromkeys(("number", "place", "sequence", "visits", "wrong", "without"), NO_NUMBER),
    **dict.fromkeys(("label", "name", "display", "question", "text", "why", "seen", "device"), "x"),
    "parent": LOOKS_LIKE_ONE,
    "cell": f"{LOOKS_LIKE_ONE}.x",
    "epoch": "ab",
    "acts": "see",
    "days": "30",
    "role": "operator",
    "level": "street",
    "since": "0001-01-01T00:00",
    "until": "9999-12-31T23:59",
}
A_QUERY = {
    **dict.fromkeys(("before", "place", "number", "first", "waits", "wrong", "sequence"), NO_NUMBER),
    "done": LOOKS_LIKE_ONE,
    "device": "x",
    "epoch": "ab",
    "day": "9999-12-31",
}
ENDS_SESSIONS = {"/sign-out", "/account/sessions/end-all"}


def test_a_number_that_none_can_be_is_refused_by_every_route(console: Console) -> None:
    """Neither the page nor the database fails: it is said as what it is, somebody's mistake."""
    client, failed = console.client(Role.ADMINISTRATOR), []
    for route in DECLARED:
        if route.path in ENDS_SESSIONS or route.path.endswith("stream"):
            continue
        address = re.sub(r"{\w+}", NO_NUMBER, route.path)
        asked = {"params": A_QUERY} if route.method == "GET" else {"data": A_FORM}
        answer = client.request(route.method, address, **asked)  # type: ignore[arg-type]  # one of the two
        if answer.status_code >= 500:
            failed.append(f"{route.method} {address}: {answer.status_code}")
    assert failed == []


@pytest.mark.parametrize("role", [None, Role.AUDITOR])
def test_no_large_body_is_read_of_somebody_who_may_not_send_it(
    read_console: Console, role: Role | None
) -> None:
    """Else nobody would have to be signed in to fill the disk."""
    large = [route for route in DECLARED if route.body > BODY and not isinstance(route.right, Public)]
    assert large
    host = read_console.address.removeprefix("http://")
    name, port = host.split(":")
    cookie = "" if role is None else f"Cookie: actor={role.value}.\r\n"
    for route in large:
        head = f"POST {re.sub(r'{.*?}', '1', route.path)} HTTP/1.1\r\nHost: {host}\r\n{cookie}"
        head += "Sec-Fetch-Site: same-origin\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        with socket.create_connection((name, int(port)), timeout=PATIENT) as sending:
            sending.sendall(f"{head}Content-Length: {route.body}\r\n\r\n--x\r\n".encode())
            told = sending.recv(64).split()[1]
        assert told == (b"401" if role is None else b"404"), route.path
