"""The phone's page in a real browser: it makes a key, takes a pass, shows fresh codes, needs no network."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from edge.cli.passes import enrol, page_command
from edge.configuration import LaneDirection
from edge.credentials.reading import PassTrust, read_code
from edge.credentials.sign1 import key_id_of
from edge.decision.evidence import PassEvidence, PassVerdict
from edge.decision.situation import ClockTrust, WallTime
from edge.decision.subject import Subject
from edge.site.office import SiteFile, SiteOffice, found_site

WINDOW = timedelta(seconds=60)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def office(tmp_path: Path) -> SiteOffice:
    site = found_site(
        tmp_path / "site", SiteFile("riverside"), {"north": LaneDirection.ENTRY}, datetime.now(UTC)
    )
    site.book.add(Subject("li"))
    return site


def judged(office: SiteOffice, text: str, at: datetime) -> PassEvidence:
    public = office.pass_key.public_key().public_bytes_raw()
    trust = PassTrust(office.site.id, {key_id_of(public): public}, proof_window=WINDOW)
    return read_code(text, trust, WallTime(at, ClockTrust.TRUSTED))


def code_on(page: Any) -> str:
    """What a camera reads from the screen, which is all that a gate ever sees of it."""
    picture = Image.open(BytesIO(page.locator("#code").screenshot()))
    [code] = zxingcpp.read_barcodes(picture)
    return code.text


def test_from_an_empty_phone_to_a_pass_that_a_gate_accepts(
    browser: Any, office: SiteOffice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page_command(tmp_path / "page")
    with served(tmp_path / "page") as address:
        context = browser.new_context(viewport={"width": 480, "height": 900}, locale="en-GB")
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.clock.install()
        page.goto(address)
        page.wait_for_selector("#enrolment:not([hidden])")
        holder_key = code_on(page)
        assert holder_key.startswith("GPK1:")

        capsys.readouterr()
        enrol("li", holder_key=holder_key, json=True, site=office.folder)
        page.fill("#pasted", "GP1:JUNK")
        page.click("#take")
        page.fill("#pasted", json.loads(capsys.readouterr().out)["text"])
        page.click("#take")
        page.wait_for_selector("#forget:not([hidden])")

        first, now = code_on(page), datetime.now(UTC)
        assert judged(office, first, now).verdict is PassVerdict.GENUINE
        assert judged(office, first, now).subject_id == "li"
        assert judged(office, first, now + WINDOW * 2).verdict is PassVerdict.NOT_FRESH, "a screenshot"

        page.clock.fast_forward(16_000)
        page.wait_for_function("shown => document.getElementById('code').ariaLabel !== shown", arg=first)
        second = code_on(page)
        assert second != first
        assert judged(office, second, now + timedelta(seconds=16)).verdict is PassVerdict.GENUINE
        assert wrong == []
        context.close()


def test_once_loaded_it_opens_without_a_network(browser: Any, tmp_path: Path) -> None:
    page_command(tmp_path / "page")
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    with served(tmp_path / "page") as address:
        page.goto(address)
        page.wait_for_selector("#enrolment:not([hidden])")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        before = code_on(page)
    page.reload()
    page.wait_for_selector("#enrolment:not([hidden])")
    assert code_on(page) == before, "the key is kept as well"
    assert page.title() == "我的通行码"
    context.close()


def test_the_key_cannot_be_read_out(browser: Any, tmp_path: Path) -> None:
    page_command(tmp_path / "page")
    with served(tmp_path / "page") as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("#enrolment:not([hidden])")
        exported = page.evaluate(
            """async () => {
              const keys = await kept("keys");
              try { await crypto.subtle.exportKey("jwk", keys.privateKey); return "exported"; }
              catch (error) { return error.name; }
            }"""
        )
        assert exported == "InvalidAccessError"
        context.close()
