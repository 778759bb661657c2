"""The installer's page in a browser, before a real gate: what is tried moves, and what is taken home names
nobody.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any, Self

import cv2
import httpx
import numpy as np
import pytest
from msgspec.structs import replace

from edge.boards.format import InputName, OutputName
from edge.decision import FaceProblem
from edge.devices.clock import TimeSource
from edge.devices.simulated import drive, is_active
from edge.vision.reports import Blur
from tests.edge.console.staffed_gate import GUARD, INSTALLER, MANAGER, PEOPLE, STAFF, StaffedGate
from tests.edge.vision.reported import METER, PREVIEW
from tests.edge.web.judging import judged
from tests.waiting import PATIENT, soon

monotonic = TimeSource().monotonic
SEEN = ((320, "dark"), (1280, "light"))


def picture(grey: int) -> bytes:
    """A small JPEG of one grey."""
    _, data = cv2.imencode(".jpg", np.full((360, 480, 3), grey, np.uint8))
    return data.tobytes()


class Film:
    """A camera that is looked at: it shows `frame` again and again, while somebody watches."""

    def __init__(self, gate: StaffedGate) -> None:
        self._gate = gate
        self.frame = replace(PREVIEW, jpeg=picture(120), blurred=Blur.ALL, scale=0.75)
        self._number = 0
        self._stop = Event()
        self._thread = Thread(target=self._play, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(PATIENT)

    def _play(self) -> None:
        while not self._stop.wait(0.2):
            self._number += 1
            self._gate.camera.report(replace(self.frame, frame=self._number, captured=monotonic()))


@pytest.fixture(scope="module")
def film(gate_and_console: StaffedGate) -> Iterator[Film]:
    with Film(gate_and_console) as playing:
        yield playing


@pytest.fixture(scope="module")
def page(gate_and_console: StaffedGate, film: Film, browser: Any) -> Any:
    """The page, open on a tablet."""
    assert film.frame.blurred is Blur.ALL
    opened = gate_and_console.page(browser, INSTALLER, viewport={"width": 1280, "height": 900})
    opened.goto("/installer")
    opened.wait_for_selector("#aim image")
    opened.wait_for_selector("#check-results .checks")
    return opened


def shown(page: Any, selector: str) -> str:
    return str(page.inner_text(selector))


def test_an_output_is_tried_moves_and_is_in_the_journal_under_a_name(
    gate_and_console: StaffedGate, page: Any
) -> None:
    gate = gate_and_console
    soon(lambda: "The lane rests." in shown(page, "#lane-state"), "whom other tests let in has passed")
    soon(lambda: shown(page, "#output-buzzer").startswith("inactive"))
    page.get_by_role("button", name="Buzzer").click()
    soon(lambda: is_active(gate.board, gate.pins, OutputName.BUZZER), "the buzzer sounds")
    page.wait_for_selector("text=Begun: Buzzer.")

    def try_again() -> None:
        """It sounds for three seconds, in which a busy page may not have shown it."""
        if not is_active(gate.board, gate.pins, OutputName.BUZZER):
            page.get_by_role("button", name="Buzzer").click()

    soon(lambda: shown(page, "#output-buzzer").startswith("active"), "the page shows it", meanwhile=try_again)
    event = gate.wait_for("installer_tested")
    assert event.content["staff"] == INSTALLER.staff
    soon(lambda: not is_active(gate.board, gate.pins, OutputName.BUZZER), "the trial ends by itself")


def test_an_input_shows_its_level_and_when_it_changed(gate_and_console: StaffedGate, page: Any) -> None:
    gate = gate_and_console
    soon(lambda: shown(page, "#input-obstacle").startswith("inactive"))
    drive(gate.board, gate.pins, InputName.OBSTACLE, active=True)
    soon(lambda: shown(page, "#input-obstacle").startswith("active"))
    assert "1 change" in shown(page, "#input-obstacle")
    drive(gate.board, gate.pins, InputName.OBSTACLE, active=False)
    soon(lambda: shown(page, "#input-obstacle").startswith("inactive"))


AIMED: dict[str, tuple[dict[str, Any], str]] = {
    "all is well": ({}, "Aimed well for who stands there."),
    "a cap is on the lens": ({"light": 3.0, "dark": 0.99, "face": None}, "The picture is too dark."),
    "the sky is in it": ({"light": 230.0, "bright": 0.5}, "The picture is too light."),
    "nobody stands there": ({"face": None, "faces": 0}, "No face is in view."),
    "it is out of focus": ({"face": replace(METER, problem=FaceProblem.BLURRED)}, "The face is not sharp."),
    "it hangs too high": (
        {"face": replace(METER, problem=FaceProblem.TURNED_AWAY)},
        "at the height of faces",
    ),
}


@pytest.mark.parametrize("what", AIMED)
def test_the_meter_says_what_to_turn(page: Any, film: Film, what: str) -> None:
    changes, words = AIMED[what]
    middle = replace(METER, box=replace(METER.box, left=200, top=150, width=80, height=100))
    before = film.frame
    film.frame = replace(
        PREVIEW, jpeg=picture(120), blurred=Blur.ALL, scale=0.75, **{"face": middle, **changes}
    )
    try:
        soon(lambda: words in shown(page, "#aim"), words)
    finally:
        film.frame = before


def test_a_picture_is_asked_for_with_every_face_blurred_and_others_never_get_it(
    gate_and_console: StaffedGate, page: Any
) -> None:
    assert page.is_visible("#aim image")
    assert gate_and_console.camera.previews
    assert set(gate_and_console.camera.previews) == {Blur.ALL}
    for member in (GUARD, MANAGER):
        client = gate_and_console.client(member)
        assert client.get("/installer").status_code == 403
        for topic in ("aim", "installer", "checks"):
            assert client.get(f"/stream?topics={topic}").status_code == 403


def test_the_checks_are_made_and_say_what_to_do(page: Any) -> None:
    text = shown(page, "#check-results")
    assert "pins" not in text, "the gate has them: they are not tried from beside it"
    assert "Warning" in text
    assert "MiB free" in text


def test_a_scene_is_drawn_and_listed(gate_and_console: StaffedGate, browser: Any) -> None:
    opened = gate_and_console.page(browser, INSTALLER)
    opened.goto("/installer/scene/grant")
    assert opened.locator("svg rect").count() >= 1
    assert "relay_open on" in shown(opened, "table")
    assert not judged(opened, SEEN)


def test_the_support_bundle_names_nobody(gate_and_console: StaffedGate, page: Any) -> None:
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download the support bundle").click()
    data = waited.value.path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = "\n".join(archive.read(name).decode() for name in archive.namelist())
    assert "installer_tested" in text
    words = set(text.replace('"', " ").split())
    for name in (*(person.name for person in PEOPLE), *(member.name for member in STAFF)):
        assert not words & set(name.split()), name
    assert str(gate_and_console.socket) not in text
    assert gate_and_console.journal("installer_tested")[-1].content["what"] == "bundle"


@pytest.mark.usefixtures("film")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_reads_well(gate_and_console: StaffedGate, browser: Any, language: str) -> None:
    opened = gate_and_console.page(browser, INSTALLER, language=language)
    opened.goto("/installer")
    opened.wait_for_selector("#aim image")
    opened.wait_for_selector("#check-results .checks")
    assert not judged(opened, SEEN)
    opened.goto("/installer/log?level=warning")
    assert not judged(opened, SEEN)


def test_a_key_that_is_none_and_an_output_that_is_none_are_refused(gate_and_console: StaffedGate) -> None:
    client: httpx.Client = gate_and_console.client(INSTALLER)
    assert client.post("/installer/try", data={"output": "buzzer", "key": "<b>"}).status_code in {400, 422}
    assert client.post("/installer/try", data={"output": "everything", "key": "00" * 8}).status_code == 404
    assert client.get("/installer/log?level=<b>").status_code == 404


def test_while_somebody_is_there_nothing_is_tried_and_the_page_says_so(gate_and_console: StaffedGate) -> None:
    gate = gate_and_console
    gate.show(face=1, seconds=0.5)
    refused = gate.client(INSTALLER).post("/installer/try", data={"output": "buzzer", "key": "ab" * 8})
    assert refused.status_code >= 400
    assert "Somebody is before the gate" in refused.text
    gate.leave()
