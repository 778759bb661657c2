"""An open page of an enrolment: its requests a minute, and the processor that they take of the gate.

`python -m tests.bench.bench_enrolment_page [SECONDS]`. A real gate whose camera is played (twelve looks and
five previews a second) in this process; the console and Chromium, which has the page open, in another. The
gate's processor is told with nobody at the page, and with the page open. Run it in two working trees to
compare them.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event, Thread

import cv2
import numpy as np
from playwright.sync_api import sync_playwright

from edge.configuration import ConsoleSection, EnrolmentSection
from edge.consent import WORDING
from edge.console.app import console_app
from edge.console.gate_link import GateLink
from edge.console.running import wall
from edge.console.services import services_for
from edge.enrolling.rows import yaw_of
from edge.liveness import HeadPose
from edge.vision.reports import Blur, EnrolmentLook, PreviewFrame
from edge.web.server import ListenAddress, PageServer
from tests.chromium import launched
from tests.edge.console.enrolment_story import consents
from tests.edge.console.staffed_gate import (
    ENGINE,
    MANAGER,
    StaffedGate,
    console_of,
    cookies_of,
    face_of,
    gate_at_work,
)

_LOOKS, _EACH = 12, 2
"""Looks a second; of so many one has a preview beside it."""


def played(gate: StaffedGate, ended: Event) -> None:
    """Somebody stands before the camera, straight for one picture, then never turned enough for the next."""
    chance, noise = Random(3), np.random.default_rng(3)
    number = 0
    while not ended.wait(1 / _LOOKS):
        number += 1
        angle = 0.0 if number < _LOOKS * 4 else 8.0 + 4.0 * chance.random()
        template = face_of(30, 0.99).tobytes()
        look = EnrolmentLook(
            time.monotonic(), 1, 182.0, HeadPose(yaw_of(angle)), (), engine=ENGINE, template=template
        )
        gate.camera.report(look)
        if number % _EACH == 0:
            image = cv2.resize(noise.integers(0, 255, (36, 48, 3), np.uint8), (480, 360))
            _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 70])
            gate.camera.report(
                PreviewFrame(
                    number,
                    time.monotonic(),
                    480,
                    360,
                    jpeg.tobytes(),
                    Blur.BYSTANDERS,
                    1,
                    90.0,
                    0.0,
                    0.0,
                    3.0,
                )
            )


def tablet(socket: Path, seconds: float) -> None:
    """The console, and a browser whose page is open for so long: how often it asked."""
    section = ConsoleSection(listen="http://127.0.0.1:0", language="en")
    with ExitStack() as opened:
        link = GateLink(socket)
        services = services_for(link, wall, section, "East gate, in", None)
        address = ListenAddress(section.host, section.port, "[console] listen")
        server = opened.enter_context(PageServer(console_app(services), address, services.pulse))
        browser = launched(opened.enter_context(sync_playwright()))
        context = browser.new_context(base_url=server.address)
        context.add_cookies(
            [
                {"name": name, "value": value, "url": server.address}
                for name, value in cookies_of(MANAGER).items()
            ]
        )
        page = context.new_page()
        page.goto("/enrol/run")
        page.wait_for_selector(".shots .taken")
        asked: list[str] = []
        page.on(
            "request", lambda request: asked.append(request.url) if request.url.startswith("http") else None
        )
        page.evaluate(
            "addEventListener('figures', () => { window.pushed = (window.pushed || 0) + 1; }, true)"
        )
        print("open", flush=True)
        used = time.process_time()
        page.wait_for_timeout(1000 * seconds)
        used = time.process_time() - used
        a_minute = 60 / seconds
        print(f"{len(asked) * a_minute:.0f} requests a minute, {used * a_minute:.1f} s of its console")
        shown = page.locator(".view img").count() == 1
        print(
            f"{page.evaluate('window.pushed || 0') * a_minute:.0f} pushed a minute; a picture: {shown}",
            flush=True,
        )
        browser.close()
        services.watchers.close()
        link.close()


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory()))
        section = EnrolmentSection(folder / "kept", folder / "requests", folder / "answers")
        gate = opened.enter_context(gate_at_work(folder, enrolment=section))
        with console_of(gate):
            consents(gate)
            paper = {"wording": WORDING, "language": "en", "strokes": "[[[100,300],[300,100],[500,300]]]"}
            assert gate.client(MANAGER).post("/enrol/consent", data=paper).status_code == 303
        ended = Event()
        playing = Thread(target=played, args=(gate, ended))
        playing.start()
        opened.callback(playing.join)
        opened.callback(ended.set)
        quiet = _used(lambda: time.sleep(seconds / 2)) * 60 / (seconds / 2)
        words = [
            sys.executable,
            "-m",
            "tests.bench.bench_enrolment_page",
            "--tablet",
            str(gate.socket),
            str(seconds),
        ]
        said = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        told = said.stdout
        assert told is not None
        assert told.readline() == "open\n"
        open_ = _used(lambda: print(told.readline(), end="")) * 60 / seconds
        print(told.read(), end="")
        said.wait()
    print(f"the gate's processor: {quiet:.1f} s a minute with nobody at the page, {open_:.1f} s with it open")


def _used(wait: Callable[[], object]) -> float:
    before = time.process_time()
    wait()
    return time.process_time() - before


if __name__ == "__main__":
    if sys.argv[1:2] == ["--tablet"]:
        tablet(Path(sys.argv[2]), float(sys.argv[3]))
    else:
        main()
