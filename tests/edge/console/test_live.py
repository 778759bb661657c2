"""Open pages: what happens at the gate reaches them, and they know when it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import msgspec
import pytest
from starlette.responses import HTMLResponse, Response

from edge.configuration import ConsoleSection
from edge.console.pages import home, own, sign_in, stream
from edge.console.refusal import Refusal
from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit, VisitOf
from edge.console.watching import Looker, Watchers
from edge.staff.core.roles import Right
from edge.staff.protocol.now import NowView
from edge.staff.protocol.watching import Topic
from tests.edge.console.staffed_gate import (
    GUARD,
    INSTALLER,
    SPARE,
    Member,
    StaffedGate,
    console_of,
    cookies_of,
    gate_at_work,
)
from tests.ports import free_port
from tests.waiting import PATIENT, soon

TRIAL = ConsolePages()
_PAGE = """<!doctype html><html lang="{language}"><head><title>Trial</title>
<script src="/static/console.js" defer></script></head><body><main id="content">
<div data-stale hidden>nothing new since <time data-stale-since></time></div>
<div data-stream="/stream?topics=now" data-topics="now" data-stale-after="5000">
<p id="now">nothing yet</p></div>
</main></body></html>"""


@TRIAL.get("/trial", right=Right.SEE_NOW)
def trial(visit: VisitOf) -> Response:
    return HTMLResponse(_PAGE.format(language=visit.language.value))


@TRIAL.live(Topic.NOW, right=Right.LET_IN)
def shown(visit: ConsoleVisit, value: msgspec.Raw) -> str:
    """Who was there last. (A right that an installer has not, to see that it is asked for.)"""
    view = msgspec.msgpack.decode(value, type=NowView)
    return f'<p id="now">{view.last[0].number if view.last else 0} for {visit.language.value}</p>'


TABLES = (home.PAGES, sign_in.PAGES, own.PAGES, stream.PAGES, TRIAL)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffedGate]:
    with gate_at_work(tmp_path_factory.mktemp("live")) as made:
        yield made


@contextmanager
def listening(gate: StaffedGate, member: Member | None, topics: str = "now") -> Iterator[Iterator[str]]:
    """The lines of a stream."""
    address = f"{gate.address}/stream?topics={topics}"
    headers = {"accept": "text/event-stream"}
    with httpx.stream(
        "GET", address, headers=headers, cookies=cookies_of(member), timeout=PATIENT, trust_env=False
    ) as answer:
        yield answer.iter_lines() if answer.status_code == 200 else iter([str(answer.status_code)])


def until(lines: Iterator[str], wanted: str) -> list[str]:
    """The lines up to one that begins so."""
    seen = []
    for line in lines:
        seen.append(line)
        if line.startswith(wanted):
            return seen
    raise AssertionError(f"{wanted!r} never came: {seen[-5:]}")


def test_what_the_gate_decides_reaches_those_who_may_see_it(gate: StaffedGate) -> None:
    with console_of(gate, pages=TABLES), listening(gate, GUARD) as lines:
        until(lines, "event: now")
        until(lines, "event: heartbeat")
        before = len(gate.journal("access_decided"))
        gate.show(gate.pass_of("xu"))
        gate.leave()
        entry = gate.wait_for("access_decided", before)
        until(lines, f'data: <p id="now">{entry.sequence} for en')
        with listening(gate, INSTALLER) as others:
            assert list(others) == ["403"]
        with listening(gate, None) as others:
            assert "event: ended" in list(others), "a page of nobody's asks to sign in"
        with listening(gate, GUARD, "now,nothing") as others:
            assert list(others) == ["404"]


def test_a_page_hears_that_its_session_has_ended(gate: StaffedGate) -> None:
    with console_of(gate, pages=TABLES), listening(gate, SPARE[0]) as lines:
        until(lines, "event: now")
        assert gate.client(SPARE[0]).post("/sign-out").status_code == 303
        until(lines, "event: ended")


def test_an_open_page_greys_while_the_console_is_killed_and_comes_back(
    gate: StaffedGate, browser: Any
) -> None:
    """The tablet keeps its page; a console of a later start goes on at the same address."""
    with ExitStack() as kept:
        # Known before, and nobody else's meanwhile: the port that a closed console had is soon given away.
        address = f"http://127.0.0.1:{free_port()}"
        section = ConsoleSection(listen=address, language="en")
        with console_of(gate, section, pages=TABLES):
            context = browser.new_context(base_url=address, locale="en")
            kept.callback(context.close)
            context.add_cookies(
                [
                    {"name": name, "value": value, "url": address}
                    for name, value in cookies_of(SPARE[1]).items()
                ]
            )
            page = context.new_page()
            page.goto("/trial")
            page.locator("#now", has_text="for en").wait_for()
            assert page.locator("[data-stale]").is_hidden()
        page.locator("[data-stale]:not([hidden])").wait_for()
        assert page.locator("main.is-stale").count() == 1
        with console_of(gate, section, pages=TABLES):
            page.locator("[data-stale][hidden]").wait_for(state="attached")
            before = len(gate.journal("access_decided"))
            gate.show(gate.pass_of("liu"))
            gate.leave()
            number = gate.wait_for("access_decided", before).sequence
            page.locator("#now", has_text=f"{number} for en").wait_for()
            # It slept for a day, and its session is over: it asks to sign in, and leads back.
            assert gate.client(SPARE[1]).post("/sign-out").status_code == 303
            page.wait_for_url("**/sign-in?next=%2Ftrial")
            assert "Sign in to go on" in page.content()


def test_a_gate_that_goes_away_ends_the_heartbeat(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A page greys then as without a console; and it comes back with the gate."""
    with ExitStack() as kept:
        with gate_at_work(tmp_path_factory.mktemp("away")) as gate:
            kept.enter_context(console_of(gate, pages=TABLES))
            assert gate.services is not None
            looker, watchers = Looker(cookies_of(GUARD)["gatepost"], "127.0.0.1"), gate.services.watchers
            soon(lambda: is_heard(watchers, looker), "the gate is heard")
        soon(lambda: not is_heard(watchers, looker), "no heartbeat any more")
        assert "wired button" in gate.client(GUARD).get("/own").text


def is_heard(watchers: Watchers, looker: Looker) -> bool:
    try:
        watchers.look((Topic.NOW,), looker, 0)
    except Refusal:
        return False
    return True
