"""The phone's page in a real browser: it makes a key, takes a pass, shows fresh codes, needs no network."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image

import edge.credentials
from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.cli.passes import enrol, issue_command, page_command
from edge.credentials.encodings.base45_text import encode_base45
from edge.credentials.own_pass import verify_pass
from edge.credentials.trust import PassTrust
from edge.decision import ClockTrust, PassEvidence, PassVerdict, Subject, WallTime
from edge.lane.configuration import LaneDirection
from edge.signing.cose import key_id_of
from tests.qr import qr_text

WINDOW = timedelta(seconds=60)
_POINT, _COMPRESSED = Encoding.X962, PublicFormat.CompressedPoint


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
def admin(tmp_path: Path) -> SiteAdmin:
    site = init_site(
        tmp_path / "site", SiteFile("riverside"), {"north": LaneDirection.ENTRY}, datetime.now(UTC)
    )
    site.store.add(Subject("li"))
    return site


def judged(admin: SiteAdmin, text: str, at: datetime) -> PassEvidence:
    public = admin.keys.passes.public_key().public_bytes_raw()
    trust = PassTrust(admin.site.id, {key_id_of(public): public}, proof_window=WINDOW)
    return verify_pass(text, trust, WallTime(at, ClockTrust.TRUSTED))


def code_on(page: Any) -> str:
    """What a camera reads from the screen, which is all that a gate ever sees of it."""
    return qr_text(Image.open(BytesIO(page.locator("#code").screenshot())))


def test_from_an_empty_phone_to_a_pass_that_a_gate_accepts(
    browser: Any, admin: SiteAdmin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
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
        enrol("li", holder_key=holder_key, json=True, folder=admin.folder)
        page.fill("#pasted", "GP1:JUNK")
        page.click("#take")
        page.fill("#pasted", json.loads(capsys.readouterr().out)["text"])
        page.click("#take")
        page.wait_for_selector("#forget:not([hidden])")

        first, now = code_on(page), datetime.now(UTC)
        assert judged(admin, first, now).verdict is PassVerdict.GENUINE
        assert judged(admin, first, now).subject_id == "li"
        assert judged(admin, first, now + WINDOW * 2).verdict is PassVerdict.NOT_FRESH, "a screenshot"

        page.clock.fast_forward(16_000)
        page.wait_for_function("shown => document.getElementById('code').ariaLabel !== shown", arg=first)
        second = code_on(page)
        assert second != first
        assert judged(admin, second, now + timedelta(seconds=16)).verdict is PassVerdict.GENUINE
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


# --- what others hand to it -----------------------------------------------------------------------


@pytest.fixture
def phone(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """A phone that has opened the page for the first time."""
    page_command(tmp_path / "page")
    with served(tmp_path / "page") as address:
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("#enrolment:not([hidden])")
        yield page
        context.close()


def pass_text(admin: SiteAdmin, subject: str, holder_key: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    enrol(subject, holder_key=holder_key, json=True, folder=admin.folder)
    return str(json.loads(capsys.readouterr().out)["text"])


def follow(page: Any, given: str) -> None:
    """Opens a link as a phone's camera does: the page is loaded anew."""
    address = page.url.partition("#")[0]
    page.goto("about:blank")
    page.goto(f"{address}#{given}")
    page.wait_for_selector("#enrolment:not([hidden]), #forget:not([hidden])", state="visible")


def holding(page: Any) -> Any:
    return page.evaluate("kept('pass').then((pass) => pass || null)")


@pytest.fixture
def others_key() -> str:
    point = ec.derive_private_key(7, ec.SECP256R1()).public_key().public_bytes(_POINT, _COMPRESSED)
    return "GPK1:" + encode_base45(point)


@pytest.mark.parametrize("answer", ["dismiss", "accept"])
def test_another_pass_takes_the_place_of_one_only_when_asked(
    phone: Any, admin: SiteAdmin, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    admin.store.add(Subject("wang"))
    key = code_on(phone)
    mine, another = (pass_text(admin, subject, key, capsys) for subject in ("li", "wang"))
    asked: list[str] = []

    def answered(dialog: Any) -> None:
        asked.append(dialog.message)
        getattr(dialog, answer)()

    phone.on("dialog", answered)
    follow(phone, quote(mine, safe=""))
    assert (holding(phone), asked) == (mine, []), "the first is what the phone was enrolled for"
    follow(phone, quote(mine, safe=""))
    assert asked == [], "nothing changes"
    follow(phone, quote(another, safe=""))
    assert holding(phone) == (another if answer == "accept" else mine)
    [question] = asked
    assert "li, riverside" in question
    assert "wang, riverside" in question


def test_a_pass_of_another_phone_s_key_is_not_kept(
    phone: Any, admin: SiteAdmin, others_key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = pass_text(admin, "li", others_key, capsys)
    capsys.readouterr()
    issue_command("li", json=True, folder=admin.folder)
    on_paper = json.loads(capsys.readouterr().out)["text"]
    for text in (foreign, on_paper):
        follow(phone, quote(text, safe=""))
        assert holding(phone) is None
        assert "not for this phone" in phone.text_content("#notice")
        phone.fill("#pasted", text)
        phone.evaluate("document.getElementById('notice').textContent = ''")
        phone.click("#take")
        phone.wait_for_function("document.getElementById('notice').textContent !== ''")
        assert holding(phone) is None
        assert code_on(phone).startswith("GPK1:"), "its key is still there to be enrolled"


ODD_LINKS = ["%", "%E0%A4%A", "HELLO", "GP1:%00", "GP1:" + "0" * 999, "%F0%9F%98%80"]


def test_whatever_a_link_hands_over_the_page_still_shows_the_code(
    phone: Any, admin: SiteAdmin, capsys: pytest.CaptureFixture[str]
) -> None:
    key = code_on(phone)
    for given in ODD_LINKS:
        follow(phone, given)
        assert phone.text_content("#notice") == "This is not a pass.", given
        assert code_on(phone) == key, given
    follow(phone, quote(pass_text(admin, "li", key, capsys), safe=""))
    for given in ODD_LINKS:
        follow(phone, given)
        assert judged(admin, code_on(phone), datetime.now(UTC)).verdict is PassVerdict.GENUINE, given
        assert "#" not in phone.url, "a reload does not meet it again"


def test_a_link_that_comes_while_the_page_is_open(
    phone: Any, admin: SiteAdmin, capsys: pytest.CaptureFixture[str]
) -> None:
    text = pass_text(admin, "li", code_on(phone), capsys)
    phone.evaluate("(given) => { location.hash = given; }", "%")
    phone.wait_for_function("document.getElementById('notice').textContent !== ''")
    phone.evaluate("(given) => { location.hash = given; }", quote(text, safe=""))
    phone.wait_for_selector("#forget:not([hidden])")
    assert holding(phone) == text


def test_a_browser_that_keeps_nothing_says_so(browser: Any, tmp_path: Path) -> None:
    page_command(tmp_path / "page")
    with served(tmp_path / "page") as address:
        context = browser.new_context(locale="en-GB")
        context.add_init_script("indexedDB.open = () => { throw new Error('private'); };")
        page = context.new_page()
        page.goto(address)
        page.wait_for_function("document.getElementById('words').textContent !== ''")
        assert "cannot keep a key" in page.text_content("#words")
        context.close()


def test_a_changed_page_is_kept_under_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page_command(tmp_path / "one")
    shutil.copytree(
        Path(edge.credentials.__file__).parent / "own_pass" / "holder_page", tmp_path / "holder_page"
    )
    (tmp_path / "holder_page" / "page.css").write_text("body {}")
    monkeypatch.setattr("edge.cli.passes.files", lambda _: tmp_path)
    page_command(tmp_path / "two")
    one, two = ((tmp_path / name / "sw.js").read_text("utf-8") for name in ("one", "two"))
    assert one != two
    assert "VERSION" not in one
