"""Find, Visitor, faults and help, in a browser before a real gate."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any

import numpy as np
import pytest

from edge.console.advice import ADVICE
from edge.decision import Reason
from tests.edge.console.staffed_gate import GUARD, INSTALLER, OURS, StaffedGate
from tests.edge.web.judging import judged
from tests.qr import qr_text

SEEN = ((1280, "light"), (768, "dark"), (320, "light"))
HTML = '<b onmouseover="alert(1)">Eve</b>'


def wait_for_registry(gate: StaffedGate) -> None:
    gate.wait_for("face_thresholds")


def test_a_guard_finds_somebody_and_sees_whether_they_may_pass(
    gate_and_console: StaffedGate, browser: Any
) -> None:
    wait_for_registry(gate_and_console)
    page = gate_and_console.page(browser)
    page.goto("/find")
    page.fill("#search", "wei")
    page.press("#search", "Enter")
    page.wait_for_selector(".people")
    assert "text" not in page.url, "a name is in no address"
    page.click("text=Wei Gang")
    page.wait_for_selector(".band-deny")
    assert "Health code red" in page.text_content("main")
    assert "statuses.red.entry" in page.text_content("main")
    [*_, look] = gate_and_console.journal("person_looked_at")
    assert look.content == {"staff": GUARD.staff, "subject": "wei"}


def test_a_name_that_is_html_is_a_name(gate_and_console: StaffedGate) -> None:
    wait_for_registry(gate_and_console)
    client = gate_and_console.client()
    for answer in (client.post("/find", data={"text": "eve"}), client.get("/find/html")):
        assert HTML not in answer.text
        assert "&lt;b onmouseover=" in answer.text


def test_a_visitor_is_registered_shown_comes_in_and_is_ended(
    gate_and_console: StaffedGate, browser: Any
) -> None:
    wait_for_registry(gate_and_console)
    page = gate_and_console.page(browser, language="zh")
    page.goto("/find/xu")
    page.click("text=登记其访客")
    assert page.input_value("#host") == "xu"
    page.fill("#name", HTML)
    page.select_option("#hours", "4")
    page.click("main button.first")
    page.wait_for_selector(".slip-code")
    assert HTML in page.text_content(".slip h2")
    assert page.get_attribute(".slip-code", "src").startswith("data:image/svg+xml")
    assert not judged(page, SEEN)
    page.emulate_media(media="print")
    assert page.is_visible(".slip-code")
    assert not page.is_visible("main .note")
    page.emulate_media(media="screen")
    [*_, made] = gate_and_console.journal("visitor_registered")
    assert (made.content["host"], made.content["means"]) == ("xu", "code")
    page.goto("/visitors")
    row = page.locator(".member", has_text=HTML)
    row.locator("summary").click()
    with page.expect_navigation():
        row.locator("form button:not([data-keep])").click()
    assert HTML not in page.text_content("main")
    [*_, ended] = gate_and_console.journal("visitor_ended")
    assert ended.content["why"] == "revoked"


def test_what_does_not_fit_is_said_beside_the_form_and_nothing_typed_is_lost(
    gate_and_console: StaffedGate,
) -> None:
    wait_for_registry(gate_and_console)
    client = gate_and_console.client()
    typed = {"key": "ab" * 8, "name": "Li Si", "host": "nobody", "hours": "4", "means": "code"}
    answer = client.post("/visitors", data=typed)
    assert answer.status_code == 422
    assert "No resident has this id" in answer.text
    assert 'value="Li Si"' in answer.text
    numbers = client.post("/visitors", data=typed | {"host": "xu", "means": "number"})
    assert (numbers.status_code, "Numbers do not count here" in numbers.text) == (422, True)
    assert client.post("/visitors", data=typed | {"hours": "0"}).status_code == 422


def test_a_code_opens_this_gate_for_the_visitor(gate_and_console: StaffedGate) -> None:
    """Read from the page as a phone reads it; then shown to the camera."""
    wait_for_registry(gate_and_console)
    client = gate_and_console.client()
    typed = {"key": "cd" * 8, "name": "Li Si", "host": "xu", "hours": "1", "means": "code"}
    text = code_in(client.post("/visitors", data=typed).text)
    before = len(gate_and_console.journal("access_decided"))
    gate_and_console.show(text)
    entry = gate_and_console.wait_for("access_decided", before)
    gate_and_console.leave()
    assert entry.content["decision"]["outcome"] == "grant"
    assert entry.content["decision"]["subject_id"].startswith("visitor:")
    assert b"Li Si" not in b"".join(one.body for one in gate_and_console.journal())


def code_in(page: str) -> str:
    """The text of the QR code in a page: its drawn squares, read again."""
    found = re.search(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", page)
    assert found is not None
    squares = [(int(x), int(y)) for x, y in re.findall(r"M(\d+),(\d+)H", b64decode(found[1]).decode())]
    size = max(max(square) for square in squares) + 3
    picture = np.full((size * 4, size * 4), 255, np.uint8)
    for x, y in squares:
        picture[y * 4 : y * 4 + 4, x * 4 : x * 4 + 4] = 0
    return qr_text(picture)


def test_a_fault_is_reported_shown_and_settled(gate_and_console: StaffedGate, browser: Any) -> None:
    page = gate_and_console.page(browser, INSTALLER)
    page.goto("/faults")
    page.check("input[value=camera]")
    page.fill("#text", "<i>dirty</i>")
    page.click("main form:last-of-type button.first")
    page.wait_for_selector(".member")
    assert "<i>dirty</i>" in page.text_content(".member")
    assert not judged(page, SEEN)
    page.click(".member summary")
    page.click(".member form button:not([data-keep])")
    page.wait_for_selector(".none")
    assert len(gate_and_console.journal("gate_fault_settled")) == 1
    client = gate_and_console.client(INSTALLER)
    answer = client.post("/faults", data={"key": "ef" * 8, "what": "typed", "text": " "})
    assert answer.status_code == 422


@pytest.mark.parametrize(("language", "seen"), [("en", SEEN), ("zh", SEEN[-1:])])
def test_no_page_has_a_serious_finding_or_is_wider_than_its_screen(
    gate_and_console: StaffedGate, browser: Any, language: str, seen: Any
) -> None:
    wait_for_registry(gate_and_console)
    page = gate_and_console.page(browser, language=language)
    wrong = []
    for address in ("/find", "/find/zhou", "/visitors?host=xu", "/faults", "/help"):
        page.goto(address)
        wrong += [f"{address} {item}" for item in judged(page, seen)]
    assert not wrong


def test_an_appeal_is_filed_from_somebodys_page_and_nothing_typed_is_lost(
    gate_and_console: StaffedGate, browser: Any
) -> None:
    wait_for_registry(gate_and_console)
    page = gate_and_console.page(browser, language="zh")
    page.goto("/find/wei")
    page.click("text=提交申诉")
    page.fill("#text", "昨天检测 294815 阴性")
    page.click("details.appeal button")
    page.wait_for_selector(".error >> text=不记录像密码一样的数字")
    assert page.input_value("#text") == "昨天检测 294815 阴性"
    assert gate_and_console.journal("appeal_filed") == []
    assert judged(page, SEEN) == []
    page.fill("#text", "昨天检测阴性")
    page.click("details.appeal button")
    page.wait_for_selector("text=请将此编号告知本人")
    [filed] = gate_and_console.journal("appeal_filed")
    assert filed.content["text"] == "昨天检测阴性"
    assert f"E-{filed.sequence}" in page.inner_text("main")


def test_help_has_every_reason_once() -> None:
    told = [reason for item in ADVICE for reason in item.reasons]
    assert sorted(told) == sorted(Reason)


@pytest.mark.parametrize("address", ["/find", "/visitors", "/faults", "/visitors/end", "/faults/settle"])
def test_a_form_from_elsewhere_does_nothing(gate_and_console: StaffedGate, address: str) -> None:
    client = gate_and_console.client()
    answer = client.post(address, data={}, headers=OURS | {"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
