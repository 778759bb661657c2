"""From the last byte of a scanned pass to the relay, beside the same pass as a camera's sighting.

A gate with simulated pins in this process and a barrier of half a second; the scanner is a pseudo-terminal,
read in a thread of its own. The camera's pass is handed in as the worker would report it: what a camera and
the worker take for a picture comes on top.

python tests/bench/bench_scanners.py [SCANS]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from statistics import quantiles
from tempfile import TemporaryDirectory
from threading import Event, Thread

from msgspec.structs import replace

from edge.admin.passes import PassRequest, issue_pass
from edge.admin.site_admin import REGISTRY_LIFETIME, SiteAdmin, SiteFile, init_site
from edge.boards.files import load_board
from edge.boards.format import OutputName
from edge.configuration import GateConfiguration, load_configuration
from edge.decision import Status, StatusRecord, Subject
from edge.devices.simulated import is_active, simulated_pins
from edge.gate import run_gate
from edge.lane.configuration import LaneDirection
from edge.runtime.machine import Machine
from edge.runtime.main_loop import Heard
from edge.scanners.configuration import ScannerKind, ScannerSection
from edge.scanners.core import ScannerReport
from edge.vision.reports import CodeSighting, Sighting
from tests.conftest import REPOSITORY
from tests.simulation.machine import Camera
from tests.waiting import first_of

_LOOKS_EVERY = 0.000_5
_REST = 1.2
"""Seconds until the barrier is down again, and who was let in has left."""


def main(scans: int) -> None:
    """Print the time from scan to relay."""
    with TemporaryDirectory() as folder:
        admin = founded(Path(folder), scans)
        configuration = configured(admin)
        far, near = os.openpty()
        scanner = ScannerSection("desk", ScannerKind.SERIAL, os.ttyname(near))
        configuration = replace(configuration, scanner=(scanner,))
        board, pins, camera = load_board(configuration.lane.board), simulated_pins(), Camera()
        stop, heard = Event(), Queue[Heard]()
        machine = Machine(pins=pins, vision=lambda _: camera)
        gate = Thread(target=run_gate, args=(configuration, stop, machine), kwargs={"listener": heard.put})
        gate.start()
        first_of(heard, lambda report: isinstance(report, ScannerReport))
        texts = [issue_pass(admin, PassRequest(f"p{n}"), datetime.now(UTC)).text for n in range(2 * scans)]

        def by_scanner(text: str) -> None:
            os.write(far, text.encode() + b"\r\n")

        def by_camera(text: str) -> None:
            seen = (CodeSighting(text, len(text)),)
            camera.deliver(Sighting(1, time.monotonic(), "camera", 640, 480, codes=seen))

        def until_open(show: Callable[[str], None], text: str) -> float:
            began = time.perf_counter()
            show(text)
            while not is_active(board, pins, OutputName.RELAY_OPEN):
                time.sleep(_LOOKS_EVERY)
            took = time.perf_counter() - began
            time.sleep(_REST)
            camera.deliver(Sighting(2, time.monotonic(), "camera", 640, 480))
            return took

        took: dict[str, list[float]] = {"scanner": [], "camera": []}
        for number in range(scans):  # side by side: both meet the same load
            took["scanner"].append(until_open(by_scanner, texts[2 * number]))
            took["camera"].append(until_open(by_camera, texts[2 * number + 1]))
        stop.set()
        gate.join()
        for what, times in took.items():
            cut = quantiles([1000.0 * one for one in times], n=20)
            print(f"{what:8} → relay: p50 {cut[9]:6.1f} ms   p95 {cut[18]:6.1f} ms   of {len(times)}")


def founded(folder: Path, scans: int) -> SiteAdmin:
    """A site with as many people as there are scans."""
    now = datetime.now(UTC)
    admin = init_site(folder / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, now)
    green = StatusRecord(Status.GREEN, "office", "", "r", now - timedelta(days=9))
    for number in range(2 * scans):
        admin.store.add(Subject(f"p{number}", groups=frozenset({"resident"}), status=green), (), "none")
    admin.build(now, REGISTRY_LIFETIME)
    return admin


def configured(admin: SiteAdmin) -> GateConfiguration:
    """The gate's settings, with a barrier that is quick to close."""
    board = admin.folder / "quick.toml"
    text = (REPOSITORY / "firmware_config" / "boards" / "simulated.toml").read_text()
    board.write_text(
        text.replace("travel = 1.0", "travel = 0.2").replace("open_time = 5.0", "open_time = 0.5")
    )
    configuration = load_configuration(admin.folder / "gates" / "main" / "gate.toml")
    quick = replace(configuration.encounter, gone_after=0.5)
    return replace(configuration, lane=replace(configuration.lane, board=str(board)), encounter=quick)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 40)
