"""An enrolment on the tablet: consent, pictures of a real face, a try, a receipt; and a withdrawal."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from threading import Event, Thread
from typing import Any

import cv2
import pytest

import models
from edge.configuration import EnrolmentSection
from edge.consent import WORDING
from edge.registry_requests import (
    RequestKind,
    read_request,
)
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.enrolment_eye import EnrolmentEye
from edge.vision.faces.factory import open_engine
from edge.vision.frame import Frame, Image
from edge.vision.reports import Blur, CameraReport, CameraState, PreviewFrame
from tests.edge.console.staffed_gate import (
    GUARD,
    MANAGER,
    REGISTRAR,
    StaffedGate,
    console_of,
    gate_at_work,
)
from tests.edge.console.test_live import listening, until
from tests.edge.web.judging import judged
from tests.enrolling import film_of, scene_of
from tests.examples import alike
from tests.waiting import soon

XU = "xu"
SEEN = ((320, "dark"), (1280, "light"))
SIGNED = "[[[100,300],[300,100],[500,300]]]"
PAPER = {"wording": WORDING, "language": "en", "strokes": SIGNED}


@pytest.fixture(scope="module")
def engine() -> FaceEngine:
    """The default face engine; the test skips where its model files were not fetched."""
    try:
        opened = open_engine(FaceEngineName.SFACE)
    except models.ModelError as error:
        pytest.skip(f"LOUD SKIP: no model file: {error}")
    assert opened is not None
    return opened


@pytest.fixture(scope="module")
def enrolling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffedGate]:
    folder = tmp_path_factory.mktemp("enrolling")
    section = EnrolmentSection(folder / "kept", folder / "requests", folder / "answers")
    with gate_at_work(folder, enrolment=section) as gate, console_of(gate) as made:
        yield made


def requests(gate: StaffedGate) -> list[Any]:
    outbox = gate.configuration.enrolment.outbox
    assert outbox is not None
    return [read_request(path.read_bytes()) for path in outbox.glob("*.request")]


_COUNTS_TAPS = """
  addEventListener("pointerdown", () => {
    sessionStorage.setItem("taps", 1 + Number(sessionStorage.getItem("taps")));
  }, true);
"""


@contextmanager
def played(gate: StaffedGate, engine: FaceEngine, frames: list[Image]) -> Iterator[None]:
    """A film before the camera, again and again: what the worker's eye makes of each frame, and a preview."""
    eye, ended = EnrolmentEye(engine), Event()

    def play() -> None:
        number = 0
        while not ended.is_set():
            image = frames[number % len(frames)]
            number += 1
            gate.camera.report(eye.look(Frame(image, number, time.monotonic(), "film")))
            _, jpeg = cv2.imencode(".jpg", cv2.resize(image, (480, 360)), [cv2.IMWRITE_JPEG_QUALITY, 50])
            preview = PreviewFrame(
                number, time.monotonic(), 480, 360, jpeg.tobytes(), Blur.BYSTANDERS, 1, 90.0, 0.0, 0.0, 3.0
            )
            gate.camera.report(preview)
            ended.wait(0.08)

    thread = Thread(target=play, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def sign(page: Any) -> None:
    """A finger draws in the field."""
    box = page.locator("[data-sign] svg").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 120)
    page.mouse.down()
    for step in range(8):
        page.mouse.move(box["x"] + 60 + 25 * step, box["y"] + 120 - (30 if step % 2 else 0))
    page.mouse.up()


def found(page: Any, text: str) -> None:
    """Look for somebody as staff do; the name does not stand in the address, nor in what a browser keeps."""
    page.goto("/enrol")
    page.fill("#q", text)
    page.press("#q", "Enter")
    page.wait_for_url("**/enrol/find")


@pytest.mark.shared_data
@pytest.mark.parametrize("language", alike(["zh", "en"]))
def test_a_resident_is_enrolled_by_a_played_film_and_how_long_it_took_is_shown(
    enrolling: StaffedGate, browser: Any, engine: FaceEngine, shared_data: Path, language: str
) -> None:
    frames = list(film_of(scene_of(engine, shared_data), seconds=1.5))
    page = enrolling.page(browser, MANAGER, language=language)
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.add_init_script(_COUNTS_TAPS)
    found(page, "Xu")
    assert not judged(page, SEEN)
    page.evaluate("sessionStorage.removeItem('taps')")
    began = time.monotonic()
    page.locator("form[action='/enrol/begin'] button").first.click()
    page.wait_for_url("**/enrol/run")
    assert not judged(page, SEEN)
    page.locator(".act-bar .first").click()
    assert page.get_by_role("alert").is_visible(), "nothing was signed"
    sign(page)
    page.locator(".act-bar .first").click()
    page.wait_for_selector(".quality")
    assert not judged(page, SEEN)
    with played(enrolling, engine, frames):
        page.wait_for_selector("#enrol-seen img")
        page.wait_for_selector("form[action='/enrol/finish'] button")
        assert not judged(page, SEEN)
        page.locator("form[action='/enrol/finish'] button").click()
        page.wait_for_selector(".receipt-card")
    assert not judged(page, SEEN)
    assert re.fullmatch(r"R-[0-9A-F]{4}-[0-9A-F]{4}", page.locator(".receipt-card code").inner_text())
    minutes, seconds = page.locator(".whose small").inner_text().rpartition("·")[2].strip().split(":")
    assert 0 < 60 * int(minutes) + int(seconds) <= time.monotonic() - began, "as long as it takes, no more"
    taps = page.evaluate("Number(sessionStorage.getItem('taps'))")
    assert taps == 1 + 3 + 1, "the signature, three taps of the registrar, and the one that was too early"
    page.locator("form[action='/enrol/undo'] button").click()
    page.wait_for_url("**/enrol")
    assert RequestKind.ENROL not in {each.kind for each in requests(enrolling)}
    assert failures == []
    page.context.close()


def test_a_gate_without_the_table_says_so(gate_and_console: StaffedGate) -> None:
    answer = gate_and_console.client(MANAGER).get("/enrol")
    assert (answer.status_code, "has no [enrolment] table" in answer.text) == (200, True)


def test_at_320_pixels_nothing_is_wider_than_the_screen(enrolling: StaffedGate, browser: Any) -> None:
    page = enrolling.page(browser, REGISTRAR, viewport={"width": 320, "height": 640})
    page.goto(f"/withdraw/{XU}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    found(page, "Xu")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator("form[action='/enrol/begin'] button").first.click()
    page.wait_for_selector("[data-sign]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator(".act-bar form button").first.click()
    page.wait_for_url("**/enrol")
    page.context.close()


def test_who_is_enrolled_sees_why_a_paper_is_not_taken_and_a_refusal_is_no_trouble(
    enrolling: StaffedGate,
) -> None:
    client = enrolling.client(MANAGER)
    assert client.post("/enrol/begin", data={"subject": XU}).status_code == 303
    assert 'data-key="consent.0.0"' in client.get("/enrol/run").text
    for fields, said in (
        ({"strokes": "", "typed": ""}, "signature is missing"),
        ({"strokes": "not strokes"}, "signature is missing"),
        ({"strokes": '[[["<script>", 1]]]'}, "signature is missing"),
        ({"strokes": SIGNED, "minor": "yes"}, "A guardian signs"),
        ({"strokes": SIGNED, "born": "2020-01-01"}, "under fourteen"),
        ({"strokes": SIGNED, "wording": "1999"}, "text has changed"),
    ):
        answer = client.post("/enrol/consent", data={"wording": "2026-11", "language": "en", **fields})
        assert (answer.status_code, said in answer.text) == (422, True), fields
    kept = {
        "typed": "Xu <b>",
        "guardian": "Xu Fu",
        "relation": "father",
        "born": "2020-01-01",
        "strokes": SIGNED,
    }
    answer = client.post("/enrol/consent", data={"wording": "1999", "language": "en", "minor": "yes", **kept})
    for name, value in kept.items():
        assert re.search(rf'name="{name}"[^>]* value="{re.escape(value)}"', unescape(answer.text)), name
    assert 'name="minor" value="yes" checked' in answer.text
    assert client.post("/enrol/end", data={"refused": "yes"}).headers["location"] == "/enrol"
    assert "no face is enrolled" in client.get("/enrol").text


def test_what_is_wrong_with_the_camera_is_said_in_the_language_of_the_page(enrolling: StaffedGate) -> None:
    client = enrolling.client(MANAGER)
    client.post("/enrol/begin", data={"subject": XU})
    assert client.post("/enrol/consent", data=PAPER).status_code == 303
    enrolling.camera.report(CameraReport(CameraState.GONE, time.monotonic(), "unplugged"))

    def said(language: str) -> str:
        return client.get("/enrol/run", headers={"accept-language": language}).text

    soon(lambda: "已断开" in said("zh"), "the camera's state")
    assert ": Gone<" in said("en")
    enrolling.camera.report(CameraReport(CameraState.STREAMING, time.monotonic()))
    client.post("/enrol/end")


def test_a_signature_of_20_megabytes_is_not_read(enrolling: StaffedGate) -> None:
    answer = enrolling.client(MANAGER).post("/enrol/consent", data={"strokes": "x" * 20_000_000})
    assert answer.status_code == 413
    assert enrolling.client(GUARD).post("/enrol/consent", data={"strokes": "x"}).status_code == 403


def test_a_second_tablet_is_told_who_enrols_somebody(enrolling: StaffedGate) -> None:
    first, second = enrolling.client(MANAGER), enrolling.client(REGISTRAR)
    first.post("/enrol/begin", data={"subject": XU})
    refused = second.post("/enrol/begin", data={"subject": "liu"})
    assert refused.status_code >= 400
    assert MANAGER.name in second.get("/enrol").text
    first.post("/enrol/end")


def test_an_open_page_follows_its_enrolment_by_one_stream(enrolling: StaffedGate, browser: Any) -> None:
    """What another tab does, and what ends it, leads the page on; by itself it asks for nothing."""
    client = enrolling.client(MANAGER)
    client.post("/enrol/begin", data={"subject": XU})
    page = enrolling.page(browser, MANAGER)
    asked: list[str] = []
    page.goto("/enrol/run")
    page.wait_for_selector("[data-sign]")
    page.on("request", lambda request: asked.append(request.url))
    assert client.post("/enrol/consent", data=PAPER).status_code == 303
    page.wait_for_selector(".quality")
    run = f"{enrolling.address}/enrol/run"  # asked whether it is another step, and opened
    assert [address for address in asked if "/enrol/" in address] == [run, run]
    with listening(enrolling, REGISTRAR, "enrolment") as lines:
        other = until(lines, "event: heartbeat")
    assert MANAGER.name not in "".join(other)
    assert 'data-key="pictures' not in "".join(other)
    client.post("/enrol/end")
    page.wait_for_url("**/enrol")
    page.context.close()


def test_news_that_is_older_than_the_page_throws_nothing_away_that_is_drawn_on_it(
    enrolling: StaffedGate, browser: Any
) -> None:
    page = enrolling.page(browser, MANAGER)
    found(page, "Xu")
    old = 'event: enrolment\ndata: <div id="enrol-standing" data-key="older.0.0" hidden></div>\n\n'
    news = {"content_type": "text/event-stream", "body": old}
    page.route("**/stream?*", lambda route: route.fulfill(**news))
    page.locator("form[action='/enrol/begin'] button").first.click()
    page.wait_for_url("**/enrol/run")
    sign(page)
    drawn = page.locator("[data-strokes]").first.input_value()
    with page.expect_response("**/enrol/run") as asked:
        pass
    assert asked.value.request.resource_type == "fetch"
    assert page.locator("[data-strokes]").first.input_value() == drawn != ""
    enrolling.client(MANAGER).post("/enrol/end")
    page.context.close()


def test_an_enrolment_that_is_over_leads_back_to_the_list(enrolling: StaffedGate) -> None:
    client = enrolling.client(MANAGER)
    assert client.get("/enrol/run").headers["location"] == "/enrol"
    assert client.get("/enrol/picture").status_code == 404
    assert client.get("/enrol/receipt/0123").status_code == 404
    assert client.get("/withdraw/nobody").status_code == 404


def test_a_withdrawal_is_done_here_at_once_and_has_a_receipt(enrolling: StaffedGate, browser: Any) -> None:
    page = enrolling.page(browser, REGISTRAR)
    page.goto("/withdraw/html")
    assert not judged(page, SEEN)
    page.locator("button[name=subject]").click()
    page.wait_for_selector(".receipt-card")
    assert not judged(page, SEEN)
    assert "the face counts here no more" in page.content()
    assert page.evaluate("document.querySelectorAll('b[onmouseover]').length") == 0
    soon(lambda: [each.kind for each in requests(enrolling)] == [RequestKind.WITHDRAW], "it is asked for")
    assert [entry.content["subject"] for entry in enrolling.journal("consent_withdrawn")] == ["html"]
    page.context.close()
