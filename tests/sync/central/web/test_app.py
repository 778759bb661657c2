"""The skeleton of the console: who is let in, what is refused, what a failure looks like."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from threading import Event, Semaphore
from typing import Annotated

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Form, Request
from starlette.responses import Response

from edge.admin.site_file import SiteFile
from edge.support.phrases import Phrase, phrase
from edge.web.routes import PUBLIC
from edge.web.security import local_address
from edge.web.visit import NotFound
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core.roles import Act, Role, RoleGrant
from sync.central.configuration import CentralConsoleSection
from sync.central.devices.devices import put_site, sites
from sync.central.store import CONNECTIONS, InDoubt, Store, StoreError, open_store
from sync.central.web.app import console_app, lay_routes
from sync.central.web.pages import ALL_PAGES
from sync.central.web.routes import Pages
from sync.central.web.services import DatabaseSeen, Part, Services
from sync.central.web.visit import RequestIdentity, VisitOf
from tests.edge.web.serving import client_of

AT = 1_764_140_400_000_000  # 2025-11-26 15:00 in Shanghai
ADMINISTRATOR = Actor(1, "何静", (RoleGrant(Role.ADMINISTRATOR),), Via.SESSION)
AUDITOR = Actor(2, "<b>Ann</b>", (RoleGrant(Role.AUDITOR),), Via.SESSION)
ACTORS = {"administrator": ADMINISTRATOR, "auditor": AUDITOR}
ORIGIN = "https://console.example"
OURS = {"sec-fetch-site": "same-origin"}
TRIAL = Pages()
LAGS = (
    "the standby lags%(behind)s: %(commits)s; gates' events are not acknowledged, and gates keep them: look "
    "at its disk and at the link"
)


@TRIAL.get("/places-of-trial", act=Act.MANAGE_PLACES)
def trial(visit: VisitOf) -> Response:
    return visit.page("home.html", title="<script>1</script>", crumbs=(("江城市", "/"), ("北市场街道", None)))


@TRIAL.get("/nothing-of-trial", act=PUBLIC)
def nothing() -> Response:
    raise NotFound


@TRIAL.get("/fault-of-trial", act=PUBLIC)
def fault() -> Response:
    raise RuntimeError("secret detail")


@TRIAL.get("/slow-of-trial", act=PUBLIC)
def slow(request: Request) -> Response:
    """A page whose query takes as long as a test wants."""
    request.app.state.began.release()
    assert request.app.state.let_go.wait(60)
    return Response("done")


@TRIAL.get("/numbers/{number}", act=PUBLIC)
def numbered(visit: VisitOf, number: int) -> Response:
    return visit.fragment("home.html", layout="fragment.html", number=number)


@TRIAL.post("/sites-of-trial", act=Act.MANAGE_PLACES)
def make_site(visit: VisitOf, name: Annotated[str, Form()]) -> Response:
    with visit.act() as connection:
        put_site(connection, SiteFile(name))
        if name == "refused":
            raise StoreError("there is no such street", where="refused", remedy="choose another street")
        if name == "in-doubt":
            raise InDoubt("the server went away") from sa.exc.OperationalError("COMMIT", {}, OSError("gone"))
        if name == "full":
            raise sqlite3.OperationalError("database or disk is full")
    return visit.go("/")


def who(request: Request) -> RequestIdentity | None:
    actor = ACTORS.get(request.headers.get("x-who", ""))
    return None if actor is None else RequestIdentity(actor)


@cache
def with_a_trial() -> FastAPI:
    return lay_routes((*ALL_PAGES, TRIAL))


def app_over(store: Store, **parts: Part) -> FastAPI:
    settings = CentralConsoleSection(origin=ORIGIN)
    services = Services(store, lambda: AT, settings, parts=lambda: dict(parts))
    return console_app(services, who=who, laid=with_a_trial())


@pytest.fixture(scope="module")
def client(founded: Path) -> Iterator[httpx.Client]:
    """Of a console that is only read."""
    with closing(open_store(f"sqlite:///{founded}")) as store, client_of(app_over(store)) as opened:
        yield opened


@pytest.fixture
def acting(store: Store) -> Iterator[httpx.Client]:
    """Of a console in which acts are done, on either database."""
    with client_of(app_over(store)) as opened:
        yield opened


@contextmanager
def gone(store: Store) -> Iterator[None]:
    """The database is away, as after its server's stop, and comes back."""
    away = sa.create_engine("sqlite:////nowhere/at/all.sqlite")
    engine, store._engine = store._engine, away
    yield
    store._engine = engine
    away.dispose()


def site_ids(store: Store) -> list[str]:
    with store.reading() as connection:
        return [site.id for site in sites(connection)]


# --- who is let in -----------------------------------------------------------------------------


def test_a_route_says_which_act_it_takes_or_does_not_exist() -> None:
    with pytest.raises(TypeError, match="act"):
        Pages().get("/free-for-all")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("actor", "status", "to"),
    [
        ("", 303, "/sign-in?next=%2Fplaces-of-trial%3Fa%3D1%262"),
        ("auditor", 404, None),  # as if it were not there
        ("administrator", 200, None),
    ],
)
def test_a_page_is_for_those_who_may_do_its_act(
    client: httpx.Client, actor: str, status: int, to: str
) -> None:
    answer = client.get("/places-of-trial?a=1&2", headers={"x-who": actor})
    assert (answer.status_code, answer.headers.get("location")) == (status, to)


def test_what_may_not_be_known_is_answered_as_what_is_not_there(client: httpx.Client) -> None:
    hidden = client.get("/places-of-trial", headers={"x-who": "auditor"})
    absent = client.get("/nothing-of-trial", headers={"x-who": "auditor"})
    nowhere = client.get("/never-declared", headers={"x-who": "auditor"})
    assert hidden.text == absent.text == nowhere.text
    assert hidden.status_code == absent.status_code == nowhere.status_code == 404


def test_htmx_is_sent_to_the_sign_in_with_the_whole_page(client: httpx.Client) -> None:
    answer = client.get("/places-of-trial", headers={"hx-request-type": "partial"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("/gates?site=a", "/gates?site=a"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nset-cookie: b", "/"),
        ("", "/"),
    ],
)
def test_no_link_leads_out_of_the_console(address: str, taken: str) -> None:
    assert local_address(address) == taken


# --- requests that change something --------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": ORIGIN}, True),
        ({"authorization": "Bearer of-a-program"}, True),
        ({}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://console.example"}, False),
        ({"origin": f"{ORIGIN}.evil.example"}, False),
        ({"sec-fetch-site": "same-site", "origin": ORIGIN}, False),
        ({"sec-fetch-site": "cross-site", "origin": ORIGIN}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"authorization": "Basic YTpi"}, False),
    ],
)
def test_a_change_comes_from_a_page_of_ours(
    client: httpx.Client, headers: dict[str, str], passes: bool
) -> None:
    answer = client.post("/language", data={"language": "en"}, headers=headers)
    assert answer.status_code == (303 if passes else 403)
    assert ("set-cookie" in answer.headers) is passes


def test_a_body_beyond_the_bound_is_refused_unread(client: httpx.Client) -> None:
    answer = client.post("/language", data={"language": "en", "back": "/" * 300_000}, headers=OURS)
    assert answer.status_code == 413
    assert "set-cookie" not in answer.headers


# --- failures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("refused", 422, ("there is no such street", "choose another street")),
        ("full", 503, ("The database does not answer", "The gates decide by themselves")),
    ],
)
def test_an_act_that_fails_says_so_and_leaves_nothing(
    acting: httpx.Client, store: Store, name: str, status: int, says: tuple[str, ...]
) -> None:
    headers = {"x-who": "administrator", "accept-language": "en", **OURS}
    answer = acting.post("/sites-of-trial", data={"name": name}, headers=headers)
    assert answer.status_code == status
    assert all(words in answer.text for words in (*says, "Nothing was done."))
    assert site_ids(store) == ["green-court"]


def test_a_fault_of_ours_is_a_page_that_tells_no_detail(client: httpx.Client) -> None:
    answer = client.get("/fault-of-trial", headers={"accept-language": "en"})
    assert answer.status_code == 500
    assert "This page failed" in answer.text
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers
    assert client.get("/health").status_code == 200, "and the process goes on"


def test_a_database_that_is_gone_is_a_page_and_no_end(acting: httpx.Client, store: Store) -> None:
    headers = {"x-who": "administrator", "accept-language": "en"}
    with gone(store):
        page, health = acting.get("/places-of-trial", headers=headers), acting.get("/health")
        assert page.status_code == 200, "a page that needs nothing of it is there; its footer is not"
        assert "rests on" not in page.text
        assert (health.status_code, health.json()["database"]) == (503, "does not answer")
        assert "nowhere" not in health.text
    assert "rests on" in acting.get("/places-of-trial", headers=headers).text
    assert acting.get("/health").json()["database"] == "works"


def test_pages_that_hold_every_thread_take_health_not_away(store: Store) -> None:
    """A watch of the process looks at the database on connections of its own, and /health asks it."""
    settings = CentralConsoleSection(origin=ORIGIN)
    services = Services(store, lambda: AT, settings, database=lambda: DatabaseSeen(answers=True, newest=AT))
    app = console_app(services, who=who, laid=with_a_trial())
    app.state.began, app.state.let_go = Semaphore(0), Event()
    with client_of(app) as client, ThreadPoolExecutor(CONNECTIONS) as people:
        try:
            pages = [people.submit(client.get, "/slow-of-trial", timeout=60) for _ in range(CONNECTIONS)]
            assert all(app.state.began.acquire(timeout=60) for _ in pages)
            health = client.get("/health")
        finally:
            app.state.let_go.set()
        assert {page.result().status_code for page in pages} == {200}
    assert (health.status_code, health.json()["newest_ingest"]) == (200, AT)


def test_health_says_where_a_watched_database_does_not_answer(store: Store) -> None:
    settings = CentralConsoleSection(origin=ORIGIN)
    services = Services(
        store, lambda: AT, settings, database=lambda: DatabaseSeen(answers=False, newest=None)
    )
    with client_of(console_app(services, who=who, laid=with_a_trial())) as client:
        health = client.get("/health")
    assert (health.status_code, health.json()["database"]) == (503, "does not answer")


def test_an_act_of_which_nobody_knows_whether_it_was_done_is_not_said_to_be_undone(
    acting: httpx.Client,
) -> None:
    headers = {"x-who": "administrator", "accept-language": "en", **OURS}
    answer = acting.post("/sites-of-trial", data={"name": "in-doubt"}, headers=headers)
    assert answer.status_code == 503
    assert "may be done, or not" in answer.text
    assert "Nothing was done" not in answer.text


def test_what_cannot_be_read_is_named(client: httpx.Client) -> None:
    answer = client.get("/numbers/seven", headers={"accept-language": "en"})
    assert answer.status_code == 422
    assert "number" in answer.text


def test_health_names_the_part_that_does_not_work(founded: Path) -> None:
    with closing(open_store(f"sqlite:///{founded}")) as store:
        parts = {"ingester": Part(True, "12 events stored"), "link": Part(False, "connecting")}
        with client_of(app_over(store, **parts)) as client:
            answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["parts"]["link"] == {"works": False, "words": "connecting"}
    assert answer.json()["parts"]["ingester"]["works"]


# --- what every answer carries ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/places-of-trial", "/never-declared", "/numbers/seven", "/health", "/static/console.css"]
)
def test_every_answer_carries_the_security_headers(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"x-who": "administrator"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert answer.headers["cache-control"] == (
        "public, max-age=31536000, immutable" if path.startswith("/static/") else "no-store"
    )


def test_pages_hold_no_script_or_style_of_their_own_and_escape_what_is_shown(client: httpx.Client) -> None:
    page = client.get("/places-of-trial", headers={"x-who": "administrator"}).text
    assert "&lt;script&gt;1&lt;/script&gt;" in page
    assert "<script>" not in page
    assert " style=" not in page
    assert " onclick" not in page


def test_htmx_gets_the_content_without_the_frame(client: httpx.Client) -> None:
    headers = {"x-who": "administrator", "hx-request": "true", "hx-request-type": "partial"}
    part = client.get("/places-of-trial", headers=headers).text
    assert "<html" not in part
    assert "card empty" in part


# --- languages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "chosen", "spoken"),
    [
        ("", None, "zh-CN"),
        ("en-GB,en;q=0.9", None, "en"),
        ("fr,zh-TW;q=0.5,en;q=0.4", None, "zh-CN"),
        ("zh;q=0,en;q=0.1", None, "en"),
        ("en;q=nonsense", None, "zh-CN"),
        ("en", "zh", "zh-CN"),
        ("zh", "en", "en"),
        ("zh", "xx", "zh-CN"),
    ],
)
def test_a_page_speaks_what_was_chosen_else_what_the_browser_asks_for(
    client: httpx.Client, accepted: str, chosen: str | None, spoken: str
) -> None:
    cookies = {} if chosen is None else {"cookie": f"language={chosen}"}
    headers = {"x-who": "administrator", "accept-language": accepted, **cookies}
    assert f'<html lang="{spoken}">' in client.get("/places-of-trial", headers=headers).text


def test_a_language_is_chosen_by_a_button_and_stays(client: httpx.Client) -> None:
    answer = client.post("/language", data={"language": "en", "back": "/places-of-trial"}, headers=OURS)
    assert answer.headers["location"] == "/places-of-trial"
    assert client.get("/places-of-trial", headers={"x-who": "administrator"}).text.count('lang="en"') == 1


def test_consoles_that_share_their_routes_share_nothing_else(founded: Path) -> None:
    with closing(open_store(f"sqlite:///{founded}")) as store:
        plain = Services(store, lambda: AT, CentralConsoleSection())
        one, other = app_over(store), console_app(plain, laid=with_a_trial())
    assert one.routes is other.routes
    assert one.state.services is not other.state.services is plain
    assert one.state.sign_in is not other.state.sign_in
    assert one.state.api_rates is not other.state.api_rates
    assert one.user_middleware != other.user_middleware
    assert len(with_a_trial().user_middleware) == len(one.user_middleware) - 2, (
        "a console adds to its own list"
    )


def test_every_page_says_what_the_centre_waits_for_to_those_who_see_gates(founded: Path) -> None:
    """In the language of who reads it; to machines in English."""
    commits = phrase("%(count)s commits wait, the first for %(seconds)s s", count=3, seconds="12")
    said = Phrase(LAGS, {"behind": phrase(", %(size)s MB behind", size="84.1"), "commits": commits})
    lags = Part(works=False, words=str(said), vital=False, said=(said,))
    with (
        closing(open_store(f"sqlite:///{founded}")) as store,
        client_of(app_over(store, waits=lags)) as client,
    ):
        seen = client.get("/places-of-trial", headers={"x-who": "administrator", "accept-language": "en"})
        read = client.get("/places-of-trial", headers={"x-who": "administrator", "accept-language": "zh"})
        health = client.get("/health")
    assert "the standby lags, 84.1 MB behind: 3 commits wait, the first for 12 s; gates" in seen.text
    assert "备用数据库滞后，落后 84.1 MB：3 个提交在等待，最早的已等 12 秒" in read.text
    assert "standby" not in read.text
    assert health.status_code == 200, "it works: gates keep what is not acknowledged"
    assert health.json()["parts"]["waits"]["words"] == lags.words
