"""What the vision worker can and cannot do to the gate: stale frames, a dead supervisor, odd values."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

import models
from edge.admin.passes import PassRequest
from edge.boards.files import load_board
from edge.configuration import GateConfiguration
from edge.diagnostics.check import check_gate
from edge.diagnostics.check_result import Verdict
from edge.gate import run_gate
from edge.ports import AccessEvent
from edge.runtime.machine import Machine
from edge.runtime.main_loop import Heard, MainLoop, Reported
from edge.runtime.people_counting import open_counter
from edge.scanners.core import CodeScanned
from edge.support.notify import Notifier
from edge.vision.checks import STALE, problem_of
from edge.vision.configuration import FaceEngineName
from edge.vision.reports import CodeSighting, Sighting
from edge.vision.worker.confinement import offered
from edge.vision.worker.supervisor import VisionSupervisor
from edge.vision.worker.wire import NotAReport, ReportDecoder
from tests.edge.runtime.conftest import Bench
from tests.edge.vision.reported import LIVE, NOW, altered
from tests.examples import tried
from tests.waiting import PATIENT


@pytest.fixture
def configuration(bench: Bench) -> GateConfiguration:
    """The bench's gate, closed down so that a daemon can take its files, with a camera that is not there."""
    bench.lane.close()
    bench.journal.close()
    vision = replace(bench.configuration.vision, camera="v4l2:99", faces=FaceEngineName.NONE)
    return replace(bench.configuration, vision=vision)


def by_camera(at: float, text: str) -> Reported:
    return Sighting(round(at * 1000), at, "v4l2:0", 640, 480, (), (CodeSighting(text, len(text)),))


def by_scanner(at: float, text: str) -> Reported:
    return CodeScanned("desk", text, len(text), at)


@pytest.mark.parametrize("seen", [by_camera, by_scanner])
@pytest.mark.parametrize(
    ("age", "opens"), [(0.0, True), (STALE - 0.1, True), (STALE + 0.1, False), (60.0, False)]
)
def test_nobody_is_let_in_by_a_frame_or_a_code_that_waited(
    bench: Bench, age: float, opens: bool, seen: Callable[[float, str], Reported]
) -> None:
    """A disk that was slow, a queue that was long: the person may be gone."""
    text = bench.pass_text(PassRequest("ann"))
    heard: SimpleQueue[Reported] = SimpleQueue()
    told: list[Heard] = []
    board = load_board(bench.configuration.lane.board)
    counter = open_counter(bench.configuration, board, bench.journal, bench.registry_service.holdings)
    loop = MainLoop(bench.controller, bench.journal, bench.clock, heard, (told.append,), counter)
    bench.clock.advance(120.0)
    for _ in range(10):
        heard.put(seen(bench.clock.monotonic() - age, text))
        loop.poll()
        bench.clock.advance(0.2)
    counter.close()
    granted = [item for item in told if isinstance(item, AccessEvent) and item.decision.outcome == "grant"]
    assert bool(granted) is opens


@pytest.mark.parametrize("shown", ["face", "code"])
def test_a_camera_that_was_away_lets_nobody_in_a_second_time(bench: Bench, shown: str) -> None:
    """It saw nobody leave; a person who was let through has to do something new."""
    codes, faces = ((bench.pass_text(PassRequest("ann")),), ()) if shown == "code" else ((), (1,))
    assert [passage.decision.outcome for passage in bench.show(*codes, faces=faces)] == ["grant"]
    bench.clock.advance(4.0)
    bench.lane.pump()
    assert bench.show(*codes, faces=faces, seconds=2.0) == []


@settings(
    derandomize=True,
    max_examples=tried(200),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=altered())
def test_what_passes_the_border_is_decided_on_without_an_error(bench: Bench, data: bytes) -> None:
    [report] = ReportDecoder().feed(data)
    if not isinstance(report, NotAReport) and problem_of(report, LIVE, NOW) is None:
        assert isinstance(report, Sighting)
        bench.controller.handle(report)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_gate_that_nobody_watches_for_gives_no_sign_of_life(
    configuration: GateConfiguration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is known that ends the supervisor's thread; if something does, the gate is started anew."""

    def end(*_: object) -> str:
        raise SystemExit

    monkeypatch.setattr(VisionSupervisor, "_work", end)
    address, stop = tmp_path / "notify", Event()
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as channel:
        channel.bind(str(address))
        channel.settimeout(PATIENT)
        notifier = Notifier({"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "5000000"})
        gate = Thread(target=run_gate, args=(configuration, stop, Machine(notifier=notifier)))
        gate.start()
        try:
            assert b"READY=1" in channel.recv(4096)
            channel.settimeout(1.5)
            signs = 0
            with suppress(TimeoutError):
                while signs < 4:  # a loop turns five times a second
                    signs += channel.recv(4096).startswith(b"WATCHDOG")
            assert signs < 4, "at most while the thread was about to end"
        finally:
            stop.set()
            gate.join(PATIENT)


def test_gate_check_says_whether_the_worker_can_be_shut_in(bench: Bench) -> None:
    found = [finding for finding in check_gate(bench.configuration) if finding.what == "vision worker"]
    assert [finding.verdict for finding in found] == ([Verdict.WARNING] * len(offered()) or [Verdict.GOOD])
    assert all(finding.remedy for finding in found if finding.verdict is not Verdict.GOOD)


@pytest.mark.parametrize("how", ["a model file is another one", "a library is broken"])
def test_gate_check_says_that_the_worker_cannot_start_and_its_last_words(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    configuration = bench.configuration
    if how == "a library is broken":
        (tmp_path / "libc.so.6").write_text("no library")
        monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
        words = "file too short|invalid ELF header"
    else:
        for name in ("yunet", "sface"):
            (tmp_path / models.model(name).file).write_text("no model")
        monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path))
        configuration = replace(
            configuration, vision=replace(configuration.vision, faces=FaceEngineName.SFACE)
        )
        words = "not the expected file"
    [found] = [finding for finding in check_gate(configuration) if finding.what == "vision worker"]
    assert found.verdict is Verdict.BAD
    assert re.search(f"cannot start, .*({words})", found.text)
    assert found.remedy
