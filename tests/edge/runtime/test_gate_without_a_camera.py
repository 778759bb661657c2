"""A gate that has only a scanner on a cable works whole: real threads, a pseudo-terminal, real files."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from queue import Queue
from threading import Event, Thread

import pytest
from msgspec.structs import replace

from edge.admin.passes import PassRequest
from edge.boards.files import load_board
from edge.boards.format import InputName, OutputName
from edge.configuration import GateConfiguration
from edge.decision import Outcome
from edge.devices.pins import PinFactory
from edge.devices.simulated import drive, is_active, simulated_pins
from edge.diagnostics.check import check_gate
from edge.diagnostics.check_result import Verdict
from edge.gate import run_gate
from edge.journal.reader import JournalReader
from edge.ports import AccessEvent
from edge.runtime.machine import Machine
from edge.runtime.main_loop import Heard
from edge.scanners.configuration import ScannerKind, ScannerSection
from edge.scanners.core import ReaderState, ScannerReport
from edge.vision.configuration import NO_CAMERA
from tests.edge.runtime.conftest import Bench
from tests.waiting import PATIENT, first_of, soon


class AtTheDesk:
    """A gate at work with a serial scanner, and what it says."""

    def __init__(self, configuration: GateConfiguration, pins: PinFactory) -> None:
        self.heard: Queue[Heard] = Queue()
        self._stop = Event()
        self._gate = Thread(
            target=run_gate,
            args=(configuration, self._stop, Machine(pins=pins)),
            kwargs={"listener": self.heard.put},
            daemon=True,
        )
        self._gate.start()

    def end(self) -> None:
        self._stop.set()
        self._gate.join(PATIENT)
        assert not self._gate.is_alive()


@pytest.fixture
def line() -> Iterator[tuple[int, str]]:
    """The far end of a serial line, and the path of the near one."""
    far, near = os.openpty()
    yield far, os.ttyname(near)
    os.close(far)
    os.close(near)


class Flood:
    """A scanner gone mad: codes without pause, and noise, as fast as they are taken."""

    def __init__(self, far: int) -> None:
        self._far = far
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        os.set_blocking(self._far, False)
        number = 0
        while not self._over.is_set():
            number += 1
            sent = b"https://example.org/%d\r" % number + b"A" * 1_000 + b"\0\xff\x01\r"
            try:
                os.write(self._far, sent)
            except BlockingIOError:
                self._over.wait(0.001)

    def end(self) -> None:
        self._over.set()
        self._thread.join(PATIENT)


def is_noise(heard: Heard) -> bool:
    return isinstance(heard, ScannerReport) and heard.state is ReaderState.NOISY


def kinds_of(configuration: GateConfiguration) -> list[str]:
    with closing(JournalReader(configuration.journal.path)) as reader:
        return [entry.kind for entry in reader.every()]


def test_a_scan_moves_the_barrier_and_a_flood_leaves_the_button_its_way(
    bench: Bench, line: tuple[int, str]
) -> None:
    far, device = line
    text = bench.pass_text(PassRequest("ann"))
    bench.lane.close()
    bench.journal.close()
    configuration = replace(
        bench.configuration,
        vision=replace(bench.configuration.vision, camera=NO_CAMERA),
        scanner=(ScannerSection("desk", ScannerKind.SERIAL, device),),
    )
    board, pins = load_board(configuration.lane.board), simulated_pins()
    gate = AtTheDesk(configuration, pins)
    try:
        working = first_of(gate.heard, lambda heard: isinstance(heard, ScannerReport))
        assert isinstance(working, ScannerReport)
        assert working.state is ReaderState.WORKING
        assert not [thread for thread in threading.enumerate() if "vision" in thread.name], "no worker"
        os.write(far, text.encode() + b"\r\n")
        passage = first_of(gate.heard, lambda heard: isinstance(heard, AccessEvent))
        assert isinstance(passage, AccessEvent)
        assert (passage.decision.outcome, passage.input) == (Outcome.GRANT, "desk")
        soon(lambda: is_active(board, pins, OutputName.RELAY_OPEN))
        assert kinds_of(configuration).count("access_decided") == 1

        flood = Flood(far)
        try:
            first_of(gate.heard, is_noise)
            drive(board, pins, InputName.OVERRIDE, active=True)
            soon(lambda: "lane_override" in kinds_of(configuration), "the button, in the middle of it")
            drive(board, pins, InputName.OVERRIDE, active=False)
            soon(lambda: "code_flood" in kinds_of(configuration))
        finally:
            flood.end()
    finally:
        gate.end()
    kinds = kinds_of(configuration)
    assert "scanner_state" in kinds
    assert not {"camera_state", "vision_failed"} & set(kinds), "nobody misses a camera"


def test_the_check_misses_no_camera_and_says_where_the_policy_asks_for_a_face(bench: Bench) -> None:
    blind = replace(
        bench.configuration,
        vision=replace(bench.configuration.vision, camera=NO_CAMERA),
        scanner=(ScannerSection("desk", ScannerKind.SERIAL, "/dev/serial/by-id/none"),),
    )
    found = {item.what: item for item in check_gate(blind)}
    assert found["camera"].verdict is found["models"].verdict is Verdict.GOOD
    assert "vision worker" not in found
    assert found["scanner desk"].verdict is Verdict.BAD
    assert "policy" not in found, "a face or a code: a code it is"

    policy = bench.admin.folder / "policy.toml"
    policy.write_text(policy.read_text().replace('mode = "face_or_code"', 'mode = "face"'))
    bench.publish()
    [warned] = [item for item in check_gate(blind) if item.what == "policy"]
    assert (warned.verdict, warned.remedy) == (Verdict.WARNING, 'write mode = "code" for it in policy.toml')
