"""The daemon as a process: it tells systemd the truth, stops when asked, and the button outlives the rest."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from threading import Event, Thread

import pytest
from gpiozero.pins.mock import MockFactory
from msgspec.structs import replace

from edge.boards.files import load_board
from edge.boards.format import InputName, OutputName
from edge.configuration import GateConfiguration, load_configuration
from edge.devices.simulated import WiredPin, drive, is_active, simulated_pins
from edge.errors import ConfigurationError, GatepostError
from edge.gate import run_gate, start_gate
from edge.journal.format.kinds import EventKind
from edge.journal.reader import JournalReader
from edge.ports import AccessEvent
from edge.runtime.machine import Machine
from edge.runtime.main_loop import Heard
from edge.support.notify import Notifier
from edge.vision.configuration import FaceEngineName
from edge.vision.reports import CameraReport
from tests.edge.runtime.conftest import Bench, without_vision
from tests.edge.runtime.test_starts import opens
from tests.waiting import PATIENT, soon


@pytest.fixture
def configuration(bench: Bench) -> GateConfiguration:
    """The bench's gate, closed down so that a daemon can take its files, with a camera that is not there."""
    bench.lane.close()
    bench.journal.close()
    vision = replace(bench.configuration.vision, camera="v4l2:99", faces=FaceEngineName.NONE)
    return replace(bench.configuration, vision=vision)


def kinds_of(configuration: GateConfiguration) -> list[str]:
    with closing(JournalReader(configuration.journal.path)) as reader:
        return [entry.kind for entry in reader.every()]


@pytest.mark.parametrize("registry", ["held", "missing", "noise"])
def test_the_button_opens_with_the_camera_gone_and_whatever_became_of_the_registry(
    configuration: GateConfiguration, registry: str
) -> None:
    if registry != "held":
        configuration.registry.inbox.unlink()
        for file in configuration.registry.folder.iterdir():
            file.unlink() if registry == "missing" else file.write_bytes(b"noise")
    board, pins = load_board(configuration.lane.board), simulated_pins()
    heard: Queue[Heard] = Queue()
    stop = Event()
    gate = Thread(
        target=run_gate,
        args=(configuration, stop, Machine(pins=pins)),
        kwargs={"listener": heard.put},
        daemon=True,
    )
    gate.start()
    try:
        soon(lambda: not heard.empty())
        drive(board, pins, InputName.OVERRIDE, active=True)
        soon(lambda: is_active(board, pins, OutputName.RELAY_OPEN))
        drive(board, pins, InputName.OVERRIDE, active=False)
        soon(lambda: any(isinstance(item, CameraReport) for item in list(heard.queue)))
        written = {"lane_override", EventKind.CAMERA_STATE}
        soon(lambda: written <= set(kinds_of(configuration)))
    finally:
        stop.set()
        gate.join(PATIENT)
    assert not gate.is_alive()
    assert not is_active(board, pins, OutputName.RELAY_OPEN), "a gate that stops lets go of its relay"
    kinds = kinds_of(configuration)
    with closing(JournalReader(configuration.journal.path)) as reader:
        assert list(reader.verify()) == []
    assert kinds.count(EventKind.GATE_STARTED) == 1
    assert "lane_override" in kinds
    assert EventKind.CAMERA_STATE in kinds
    assert kinds[-1] == EventKind.GATE_STOPPED
    assert (EventKind.REGISTRY_REFUSED in kinds) is (registry == "noise")


def test_what_the_button_opens_before_the_rest_has_begun_is_written_down_though_a_stop_was_asked_for(
    configuration: GateConfiguration,
) -> None:
    board, pins = load_board(configuration.lane.board), simulated_pins()
    with start_gate(configuration, Machine(pins=pins, vision=without_vision)) as gate:
        drive(board, pins, InputName.OVERRIDE, active=True)
        soon(lambda: is_active(board, pins, OutputName.RELAY_OPEN), "the lane lives before anything else")
        assert gate.goes_on(asked_to_stop=True)
        gate.poll()
        assert not gate.goes_on(asked_to_stop=True)
    assert "lane_override" in kinds_of(configuration)


def started(configuration_file: Path, **environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "edge.cli.main", "gate", "run", "--config", str(configuration_file)]
    return subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.DEVNULL)


def is_stopped(process: int) -> bool:
    """Whether each of its threads has come to a stop."""
    tasks = Path(f"/proc/{process}/task").glob("*/stat")
    return all(task.read_text().rpartition(")")[2].split()[0] == "T" for task in tasks)


def configured(bench: Bench) -> Path:
    """The bench's gate.toml, for a daemon of its own."""
    bench.lane.close()
    bench.journal.close()
    path = bench.admin.folder / "gates" / "main" / "gate.toml"
    path.write_text(path.read_text().replace('"v4l2:0"', '"v4l2:99"').replace('"sface"', '"none"'))
    return path


def test_systemd_hears_ready_then_signs_of_life_and_nothing_from_one_that_hangs(
    bench: Bench, tmp_path: Path
) -> None:
    address = tmp_path / "notify"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as channel:
        channel.bind(str(address))
        channel.settimeout(PATIENT)
        gate = started(configured(bench), NOTIFY_SOCKET=str(address), WATCHDOG_USEC="10000000")
        try:
            assert b"READY=1" in channel.recv(4096)
            assert b"WATCHDOG=1" in channel.recv(4096)
            gate.send_signal(signal.SIGSTOP)
            soon(lambda: is_stopped(gate.pid))
            channel.settimeout(0.0)
            with suppress(BlockingIOError):
                while channel.recv(4096):
                    pass
            channel.settimeout(0.6)  # as long as three signs of life
            with pytest.raises(TimeoutError):
                channel.recv(4096)
            gate.send_signal(signal.SIGCONT)
            gate.terminate()
            assert gate.wait(PATIENT) == 0
        finally:
            gate.kill()
            gate.wait(PATIENT)


@dataclass
class Hanging:
    """Holds up every caller while it is `on`; `release` lets all go."""

    on: Event = field(default_factory=Event)
    held: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)

    def come_through(self) -> None:
        if self.on.is_set():
            self.held.set()
            self.released.wait(60.0)

    def release(self) -> None:
        self.on.clear()
        self.released.set()


def hear(channel: socket.socket, within: float) -> bool:
    """Whether a sign of life comes within so many seconds."""
    ends = time.monotonic() + within
    while (left := ends - time.monotonic()) > 0.0:
        channel.settimeout(left)
        with suppress(TimeoutError):
            if b"WATCHDOG=1" in channel.recv(4096):
                return True
    return False


@pytest.mark.parametrize("hangs", ["lane", "main loop"])
def test_the_watchdog_is_fed_by_nobody_while_one_thread_hangs(
    configuration: GateConfiguration, tmp_path: Path, hangs: str
) -> None:
    """All other threads go on, one of a timer too if there were one: only the work itself may feed it."""
    hanging = Hanging()

    class Pin(WiredPin):
        def _get_state(self) -> float:
            if hangs == "lane":
                hanging.come_through()
            return float(super()._get_state())

    def listener(_: Heard) -> None:
        if hangs == "main loop":
            hanging.come_through()

    board, pins, stop, address = (
        load_board(configuration.lane.board),
        MockFactory(revision="c03111", pin_class=Pin),
        Event(),
        tmp_path / "s",
    )
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as channel:
        channel.bind(str(address))
        notifier = Notifier({"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "5000000"})
        machine = Machine(pins=pins, notifier=notifier, vision=without_vision)
        options = {"listener": listener}
        gate = Thread(target=run_gate, args=(configuration, stop, machine), kwargs=options, daemon=True)
        gate.start()
        try:
            assert hear(channel, PATIENT)
            hanging.on.set()
            drive(board, pins, InputName.OVERRIDE, active=True)  # something to read, and to report
            assert hanging.held.wait(PATIENT)
            soon(lambda: not hear(channel, 1.5))
            hanging.release()
            assert hear(channel, PATIENT)
        finally:
            hanging.release()
            stop.set()
            gate.join(PATIENT)
    assert not gate.is_alive()


def test_a_second_signal_ends_at_once(bench: Bench, tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as channel:
        channel.bind(str(address))
        channel.settimeout(PATIENT)
        gate = started(configured(bench), NOTIFY_SOCKET=str(address))
        try:
            assert b"READY=1" in channel.recv(4096)
            gate.terminate()
            soon(lambda: b"STOPPING=1" in channel.recv(4096))
            gate.terminate()
            assert gate.wait(PATIENT) in {0, -signal.SIGTERM}
        finally:
            gate.kill()
            gate.wait(PATIENT)


def test_two_gates_cannot_write_one_journal(configuration: GateConfiguration, bench: Bench) -> None:
    from edge.journal.factory import open_journal

    with (
        open_journal(configuration.journal.path, "main"),
        pytest.raises(GatepostError, match="another process"),
    ):
        run_gate(configuration, Event())
    del bench


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('board = "simulated"', 'board = "waveshare-rpi-relay-board"', "active-low"),
        ('board = "simulated"', 'board = "nonesuch"', "nonesuch"),
        ('when_full = "deny"', 'when_full = "perhaps"', "when_full"),
        ("[gate]", "[gate]\ncolour = 1", "colour"),
    ],
)
def test_a_gate_that_cannot_start_says_what_and_where(bench: Bench, old: str, new: str, words: str) -> None:
    path = configured(bench)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises((ConfigurationError, GatepostError), match=words):
        run_gate(load_configuration(path), Event())


@pytest.mark.usefixtures("tries_again_often")
def test_a_key_that_cannot_be_read_leaves_the_button_and_is_tried_again(bench: Bench, tmp_path: Path) -> None:
    path = configured(bench)
    configuration = load_configuration(path)
    key = configuration.registry.root_key
    key.rename(tmp_path / "root.pub")
    board, pins = load_board(configuration.lane.board), simulated_pins()
    stop, heard = Event(), Queue[Heard]()
    gate = Thread(
        target=run_gate,
        args=(configuration, stop, Machine(pins=pins, vision=without_vision)),
        kwargs={"listener": heard.put},
        daemon=True,
    )
    gate.start()
    try:
        assert opens(board, pins)
        (tmp_path / "root.pub").rename(key)
        soon(lambda: not heard.empty(), "the rest begins once it can")
    finally:
        stop.set()
        gate.join(PATIENT)
    assert not gate.is_alive()


def test_what_the_camera_sees_is_decided_by_the_running_gate(bench: Bench, tmp_path: Path) -> None:
    """The whole daemon: worker process, main loop, lane thread, journal."""
    import cv2

    from edge.admin.passes import PassRequest
    from tests.edge.vision.conftest import code_image

    cv2.imwrite(str(tmp_path / "pass.png"), code_image(bench.pass_text(PassRequest("ann"))))
    path = configured(bench)
    path.write_text(path.read_text().replace('"v4l2:99"', f'"folder:{tmp_path}"'))
    heard: list[Heard] = []
    run_gate(load_configuration(path), Event(), listener=heard.append, until_finished=True)
    [passage] = [item for item in heard if isinstance(item, AccessEvent)]
    assert passage.decision.subject_id == "ann"
    assert passage.decision.outcome == "grant"
