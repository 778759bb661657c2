"""What is hostile or broken is refused before anything reads it, and the page says what happened and what to
do. The gate is away: none of this needs it, and its absence is said too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from edge.configuration import ConsoleSection
from edge.console.app import console_app
from edge.console.gate_link import GateLink
from edge.console.limiting import USUAL
from edge.console.running import served_console, wall
from edge.console.services import services_for
from edge.errors import ConfigurationError
from edge.web.server import ListenAddress, PageServer
from tests.edge.console.staffed_gate import GUARD, OURS, cookies_of
from tests.edge.web.serving import NO_TLS
from tests.waiting import PATIENT, soon


@pytest.fixture
def console(tmp_path: Path) -> Iterator[str]:
    """The address of a console without a gate, with the bounds of service."""
    section = ConsoleSection(listen="http://127.0.0.1:0", language="en")
    services = services_for(GateLink(tmp_path / "away.sock"), wall, section, "East gate", None)
    app = console_app(services, bounds=USUAL)
    with PageServer(
        app, ListenAddress(section.host, section.port, "[console] listen"), services.pulse
    ) as server:
        yield server.address


def ask(address: str, method: str, path: str, **more: Any) -> httpx.Response:
    more["headers"] = {**OURS, **more.pop("headers", {})}
    cookies = more.pop("cookies", None)
    with httpx.Client(
        base_url=address, cookies=cookies, verify=NO_TLS, trust_env=False, timeout=PATIENT
    ) as client:
        return client.request(method, path, **more)


def test_a_gate_that_is_away_is_said_with_what_works_without_it(console: str) -> None:
    health = ask(console, "GET", "/health")
    assert health.status_code == 503
    assert health.json() == {"console": True, "gate": False, "lane": False}
    for path in ("/gate", "/shift", "/own", "/stream?topics=x", "/sign-in"):
        page = ask(console, "GET", path, cookies=cookies_of(GUARD))
        assert page.status_code in {404, 503}, path
        assert page.status_code == 404 or "wired button" in page.text, path
    act = ask(console, "POST", "/staff/unlock", cookies=cookies_of(GUARD), data={"staff": "wang"})
    assert act.status_code == 503
    assert "Nothing was done" in act.text
    assert "set-cookie" not in act.headers
    refused = ask(console, "POST", "/sign-in", data={"staff": "wang", "pin": "806942"})
    assert refused.status_code == 503
    assert "806942" not in refused.text


@pytest.mark.parametrize("path", ["/sign-out", "/shift/end"])
def test_who_leaves_while_the_gate_is_away_is_forgotten_by_the_browser(console: str, path: str) -> None:
    """Else the session lives on under the next one's hands, once the gate is back."""
    left = ask(console, "POST", path, cookies=cookies_of(GUARD))
    assert left.status_code == 503
    [taken] = left.headers.get_list("set-cookie")
    assert taken.startswith('gatepost="";')
    assert "Max-Age=0" in taken
    assert "has forgotten you" in left.text
    assert "Nothing was done" not in left.text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "authorization": "Bearer x"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {},
    ],
)
def test_a_form_of_another_site_does_nothing(console: str, headers: dict[str, str]) -> None:
    answer = httpx.post(
        f"{console}/language",
        data={"language": "zh"},
        headers=headers,
        verify=NO_TLS,
        trust_env=False,
        timeout=PATIENT,
    )
    assert answer.status_code == 403
    assert "nothing was done" in answer.text
    assert "未作任何改动" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "elsewhere.example:80", "[::2]", "[", "127.0.0.1.evil.example", ""]
)
def test_a_name_that_is_not_ours_leads_nowhere(console: str, host: str) -> None:
    answer = httpx.get(f"{console}/sign-in", headers={"host": host}, trust_env=False, timeout=PATIENT)
    assert answer.status_code == 400
    assert "not called so" in answer.text
    assert "不叫这个名称" in answer.text


def test_where_a_form_is_sent_to_has_no_page(console: str) -> None:
    """Somebody loads the address again at which an act failed."""
    answer = ask(console, "GET", "/override", headers={"accept-language": "zh"})
    assert answer.status_code == 405
    assert "这里没有内容" in answer.text
    assert "Method" not in answer.text


def test_what_is_too_large_is_refused_before_anybody_reads_it(console: str) -> None:
    huge = b"x" * (20 * 1024 * 1024)
    for path in ("/sign-in", "/language", "/staff/add"):
        assert posted(console, path, huge) in {None, 401, 413}, path


def test_what_is_too_large_is_said_in_both_languages_with_what_to_do(console: str) -> None:
    answer = ask(console, "POST", "/sign-in", content=b"x" * 300_000)
    assert answer.status_code == 413
    assert "nothing was done" in answer.text
    assert "请返回" in answer.text


def posted(console: str, path: str, body: bytes) -> int | None:
    """The answer's code; None where the connection was closed, and nothing was read."""
    place = urlsplit(console)
    with closing(HTTPConnection(place.hostname or "", place.port, timeout=PATIENT)) as connection:
        try:
            connection.request("POST", path, body, {"sec-fetch-site": "same-origin"})
            return connection.getresponse().status
        except (BrokenPipeError, ConnectionResetError):
            return None


def test_a_flood_from_one_browser_costs_the_others_nothing(console: str) -> None:
    flooding = httpx.Client(
        transport=httpx.HTTPTransport(local_address="127.0.0.2"), base_url=console, timeout=PATIENT
    )
    with flooding, ThreadPoolExecutor(8) as pool:

        def asks(times: int) -> list[Future[int]]:
            return [pool.submit(lambda: flooding.get("/health").status_code) for _ in range(times)]

        flood = asks(400)
        others = [ask(console, "GET", "/sign-in").status_code for _ in range(20)]
        answered = Counter(each.result() for each in flood)
        soon(  # a slow machine asks no more than a second allows, but more than a minute does
            lambda: answered[429] > 100,
            "it is not refused",
            within=3 * PATIENT,
            meanwhile=lambda: answered.update(each.result() for each in asks(100)),
        )
    assert others == [503] * 20, "as without a flood: this console has no gate"


def test_every_answer_carries_what_keeps_strangers_out(console: str) -> None:
    for answer in (ask(console, "GET", "/sign-in"), ask(console, "GET", "/nowhere")):
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers, "only with TLS"


@pytest.mark.parametrize(
    ("listen", "fine"),
    [
        ("http://127.0.0.1:8088", True),
        ("http://localhost:8088", True),
        ("http://[::1]:8088", True),
        ("https://0.0.0.0:8443", True),
        ("http://0.0.0.0:8088", False),
        ("http://192.168.1.20:8088", False),
        ("http://gate.local:8088", False),
        ("https://0.0.0.0:99999", False),
    ],
)
def test_pages_answer_without_tls_on_this_computer_only(listen: str, *, fine: bool) -> None:
    if fine:
        assert ConsoleSection(listen=listen).port
    else:
        with pytest.raises(ValueError, match=r"console\.listen"):
            ConsoleSection(listen=listen)


def test_tls_without_a_certificate_says_how_to_make_one(tmp_path: Path) -> None:
    section = ConsoleSection(listen="https://127.0.0.1:0")
    with (
        pytest.raises(ConfigurationError, match="gatepost console certify"),
        served_console(section, tmp_path / "away.sock", "East gate"),
    ):
        pass


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "pin: 超过 64 个字符"), ("en", "pin: has more than 64 characters")]
)
def test_what_is_wrong_with_a_field_is_said_in_the_language_of_the_page(
    console: str, language: str, said: str
) -> None:
    form = {"staff": "wang", "pin": "1" * 65}
    answer = ask(console, "POST", "/sign-in", data=form, headers={"accept-language": language})
    assert (answer.status_code, said in answer.text) == (422, True), answer.text
