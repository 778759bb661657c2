"""Every route says which act it takes, and is there for those who may do it."""

from __future__ import annotations

import re

import pytest
from starlette.routing import Mount, Route

from sync.central.accounts.core.roles import Act, Role, acts_of
from sync.central.web.api.metrics import PATH as METRICS
from sync.central.web.api.serving import ALL_OPERATIONS, DOCUMENT
from sync.central.web.app import console_app
from sync.central.web.pages import ALL_PAGES
from sync.central.web.routes import Public
from sync.central.web.services import Services
from sync.central.web.texts import Language
from tests.sync.central.web.addresses import ADDRESSES
from tests.sync.central.web.conftest import Console

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
    assert all(isinstance(route.act, (Act, Public)) for route in DECLARED)


@pytest.mark.parametrize("path", sorted(route.path for route in PLAIN))
def test_a_page_is_there_for_those_who_may_open_it_and_for_nobody_else(
    read_console: Console, path: str
) -> None:
    [act] = [route.act for route in PLAIN if route.path == path]
    for role in (None, *Role):
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
