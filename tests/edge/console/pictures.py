"""Makes the pictures of docs/staff-page.md from the small site: `python -m tests.edge.console.pictures`.

Each part adds its own: a line below, and where something has to happen first, a story that makes it so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import cv2
import numpy as np
from msgspec.structs import replace
from playwright.sync_api import sync_playwright

from edge.configuration import EnrolmentSection
from edge.devices.clock import TimeSource
from edge.vision.frame import Frame
from edge.vision.preview.maker import preview_of
from edge.vision.reports import Blur, Box, CameraReport, CameraState, FaceSighting, Sighting
from tests.chromium import launched
from tests.edge.console.enrolment_story import consents, is_enrolled, looks_like_another, turns
from tests.edge.console.staffed_gate import (
    GUARD,
    INSTALLER,
    MANAGER,
    STAFF,
    Member,
    StaffedGate,
    console_of,
    gate_at_work,
)
from tests.pictures import FOLDER, keep
from tests.waiting import pause

monotonic = TimeSource().monotonic


def _nothing(gate: StaffedGate) -> None:
    """Nothing has to happen first."""
    del gate


def _aimed(gate: StaffedGate) -> None:
    """The camera is aimed at somebody drawn, whose face is blurred, until the process ends."""
    scene = np.full((480, 640, 3), 150, np.uint8)
    scene[:, :, 0] += np.linspace(0, 60, 640).astype(np.uint8)
    cv2.ellipse(scene, (320, 470), (120, 110), 0, 0, 360, (90, 70, 60), -1)
    cv2.ellipse(scene, (320, 250), (62, 84), 0, 0, 360, (120, 150, 205), -1)
    for middle in ((296, 235), (344, 235)):
        cv2.circle(scene, middle, 7, (40, 40, 40), -1)
    face = FaceSighting(
        1, Box(258, 166, 124, 168), 0.9, ((296, 235), (344, 235), (320, 265), (302, 292), (338, 292))
    )
    seen = Sighting(1, monotonic(), "", 640, 480, (face,), timings={"detect": 1.0})
    shown = preview_of(Frame(scene, 1, monotonic(), ""), seen, Blur.ALL, finds_faces=True)
    assert shown is not None

    def play() -> None:
        for number in count(1):
            pause(0.2)
            gate.camera.report(replace(shown, frame=number, captured=monotonic()))

    Thread(target=play, daemon=True).start()


def _has_registry(gate: StaffedGate) -> None:
    """The gate knows its residents."""
    gate.wait_for("face_thresholds")


def _has_visitor(gate: StaffedGate) -> None:
    """A guard has registered somebody."""
    _has_registry(gate)
    typed = {"key": "ab" * 8, "name": "Li Si", "host": "liu", "hours": "4", "means": "code"}
    assert gate.client().post("/visitors", data=typed).status_code == 200


def _turning(gate: StaffedGate) -> None:
    """Somebody drawn, who is being enrolled, turns to the left."""
    _aimed(gate)
    turns(gate)


def _seeming(gate: StaffedGate) -> None:
    """Somebody drawn looks like another."""
    _aimed(gate)
    looks_like_another(gate)


def _comes(face: int) -> Callable[[StaffedGate], None]:
    """Somebody came, and was decided on."""

    def first(gate: StaffedGate) -> None:
        _has_registry(gate)
        gate.camera.report(CameraReport(CameraState.STREAMING, 0.0))
        for _ in range(9):
            gate.leave()
        before = len(gate.journal("access_decided"))
        gate.show(face=face, seconds=1.0)
        gate.wait_for("access_decided", before)

    return first


def _sees_nothing(gate: StaffedGate) -> None:
    """Something covers the camera, and nobody is there."""
    _has_registry(gate)
    gate.camera.report(CameraReport(CameraState.BLIND, 0.0, "brightness 2 of 255"))


@dataclass(frozen=True)
class Picture:
    """A page as it is pictured, for a member of the staff (None: nobody is signed in); `first` makes happen
    what it shows, and it is taken once what `until` selects is there.
    """

    name: str
    address: str
    member: Member | None = GUARD
    width: int = 1280
    height: int = 800
    theme: str = "light"
    language: str = "en"
    first: Callable[[StaffedGate], None] = _nothing
    until: str = "main"


PICTURES = (
    Picture("staff-sign-in", "/sign-in", None, 800, 900, language="zh"),
    Picture("staff-shift", "/shift", width=800, height=600),
    Picture("staff-gate-dark", "/gate", height=600, theme="dark"),
    Picture("staff-accounts", "/staff", MANAGER, height=900),
    Picture("staff-installer", "/installer", INSTALLER, height=900, first=_aimed, until="#aim image"),
    Picture("staff-installer-scene", "/installer/scene/grant", INSTALLER, 800, 900, "dark", "zh"),
    Picture("staff-person", "/find/wei", width=800, height=900, language="zh", first=_has_registry),
    Picture("staff-visitors", "/visitors?host=xu", width=800, height=900, theme="dark", first=_has_visitor),
    Picture("staff-enrol-consent", "/enrol/run", MANAGER, language="zh", first=consents),
    Picture(
        "staff-enrol-pictures", "/enrol/run", MANAGER, height=900, first=_turning, until="#enrol-seen img"
    ),
    Picture("staff-enrol-similar", "/enrol/run", MANAGER, language="zh", first=_seeming),
    Picture("staff-enrol-done", "/enrol/run", MANAGER, height=900, first=is_enrolled),
    Picture("staff-now-fault", "/now", language="zh", first=_sees_nothing, until=".now-card.is-fault"),
    Picture("staff-now", "/now", first=_comes(1), until=".now-card.is-grant"),
    Picture("staff-now-denied", "/now", language="zh", first=_comes(3), until=".now-card.is-deny"),
    Picture(
        "staff-now-hold",
        "/now/sheet/hold_open",
        *(GUARD, 800, 1280, "dark"),
        first=_comes(2),
        until=".now-card.is-refer ~ aside .now-sheet",
    ),
    # One line a part.
)


def make_pictures(gate: StaffedGate, browser: Any, folder: Path, names: frozenset[str] = frozenset()) -> None:
    """Write the pictures of these names (none: every one) into `folder`."""
    for picture in PICTURES:
        if names and picture.name not in names:
            continue
        picture.first(gate)
        page = gate.page(
            browser,
            picture.member,
            language=picture.language,
            color_scheme=picture.theme,
            viewport={"width": picture.width, "height": picture.height},
        )
        page.goto(picture.address, wait_until="load")
        page.wait_for_selector(picture.until)
        keep(page.screenshot(), picture.name, folder)


def main() -> None:
    """Make the pictures that the command line names, or every one."""
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory()))
        driver = opened.enter_context(sync_playwright())
        browser = launched(driver)
        opened.callback(browser.close)
        enrolment = EnrolmentSection(folder / "enrolment", folder / "requests", folder / "answers")
        gate = opened.enter_context(gate_at_work(folder, members=STAFF, enrolment=enrolment))
        opened.enter_context(console_of(gate))
        make_pictures(gate, browser, FOLDER, frozenset(sys.argv[1:]))


if __name__ == "__main__":
    main()
