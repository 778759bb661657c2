"""The gate as a process on GPIO lines that outlive it: killed, hung, updated, and with all else broken."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import psutil
import pytest

import firmware_config
from edge.boards.files import load_board
from edge.boards.format import Input, InputName, LineLevel, OutputName
from edge.journal.reader import JournalReader
from edge.lane.memory_file import FILE_NAME
from tests.conftest import REPOSITORY
from tests.edge.devices.file_lines import FileLines, gatepost_on_lines
from tests.edge.runtime.conftest import Bench
from tests.forked import forked, wait
from tests.waiting import PATIENT, soon, sooner_than

BOARD = load_board("raspberry-pi-4")
RELAY = BOARD.outputs[OutputName.RELAY_OPEN].pin
BUTTON = BOARD.inputs[InputName.OVERRIDE]
FIRE = BOARD.inputs[InputName.FIRE]
DOOR = BOARD.inputs[InputName.DOOR_CONTACT]
WITHOUT_NETWORK = ("unshare", "--user", "--map-root-user", "--net")
RESTS_WITHIN = 60.0
"""Seconds, on a busy machine, from a kill to a relay at rest; systemd starts the same command at once."""


class Daemon:
    """One gate on the bench's site, as systemd runs it."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        bench.lane.close()
        bench.journal.close()
        self.path = bench.admin.folder / "gates" / "main" / "gate.toml"
        text = self.path.read_text()
        for old, new in (
            ('"v4l2:0"', '"v4l2:99"'),
            ('"sface"', '"none"'),
            ('board = "simulated"', 'board = "raspberry-pi-4"'),
            ('pins = "simulated"', 'pins = "gpio"'),
        ):
            assert old in text
            text = text.replace(old, new)
        self.path.write_text(text)
        self.journal = bench.configuration.journal.path
        self.registry = bench.configuration.registry
        folder.mkdir()
        self.lines = FileLines(folder)
        for line in BOARD.inputs.values():
            self.lines.put(line.pin, int(line.active is not LineLevel.HIGH))
        self.process: ForkServerProcess | subprocess.Popen[bytes] | None = None

    def change_board(self, old: str, new: str) -> None:
        """Run on a Raspberry Pi's board file in which `old` has become `new`."""
        text = (Path(firmware_config.__path__[0]) / "boards" / "raspberry-pi-4.toml").read_text()
        assert old in text
        board = self.path.with_name("board.toml")
        board.write_text(text.replace(old, new))
        self.path.write_text(self.path.read_text().replace('"raspberry-pi-4"', f'"{board}"'))

    def start(self, *, without_network: bool = False) -> None:
        self.process = self._without_network("gate", "run") if without_network else self._run("gate", "run")

    def rest(self) -> None:
        """What systemd runs after every end of the gate (ExecStopPost)."""
        assert wait(self._run("lane", "rest"), PATIENT) == 0

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def end(self, number: signal.Signals) -> None:
        self.send(number)
        assert self.has_ended(PATIENT)

    @property
    def pid(self) -> int:
        assert self.process is not None
        assert self.process.pid is not None
        return self.process.pid

    def has_ended(self, within: float = 0.0) -> bool:
        if isinstance(self.process, subprocess.Popen):
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(within)
            return self.process.returncode is not None
        assert self.process is not None
        self.process.join(within)
        return self.process.exitcode is not None

    def press(self, down: bool) -> None:
        self.drive(BUTTON, down)

    def drive(self, line: Input, active: bool) -> None:
        self.lines.put(line.pin, int(active is (line.active is LineLevel.HIGH)))

    @property
    def is_released(self) -> bool:
        return self.lines.level(RELAY) == 1

    def kinds(self) -> list[str]:
        with closing(JournalReader(self.journal)) as reader:
            return [entry.kind for entry in reader.every()]

    def stop(self) -> None:
        if self.process is not None and not self.has_ended():
            self.end(signal.SIGKILL)

    def _run(self, *words: str) -> ForkServerProcess:
        command = (*words, "--config", str(self.path))
        said = self.lines.folder.with_name("said")
        return forked(gatepost_on_lines, self.lines.folder, *command, out=said, log=said)

    def _without_network(self, *words: str) -> subprocess.Popen[bytes]:
        lines = ("tests.edge.devices.file_lines", str(self.lines.folder))
        command = [*WITHOUT_NETWORK, sys.executable, "-m", *lines, *words, "--config", str(self.path)]
        return subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL)


@pytest.fixture
def daemon(bench: Bench, tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(bench, tmp_path / "lines")
    yield made
    made.stop()


def started(daemon: Daemon) -> None:
    soon(lambda: "gate_started" in daemon.kinds())


@pytest.mark.parametrize("end", ["kill -9", "watchdog"])
def test_the_relay_is_at_rest_soon_after_the_process_was_killed_with_it_on(daemon: Daemon, end: str) -> None:
    daemon.start()
    started(daemon)
    daemon.press(True)
    soon(lambda: daemon.is_released)
    daemon.press(False)
    if end == "watchdog":  # it hangs, its signs of life cease, and systemd kills it (WatchdogSignal=)
        daemon.send(signal.SIGSTOP)
    daemon.end(signal.SIGKILL)
    assert daemon.is_released, "the worst case: nothing but the next process lets go of the line"
    with sooner_than(RESTS_WITHIN):
        daemon.rest()
    assert not daemon.is_released

    before = len(daemon.lines.calls())
    daemon.start()
    soon(lambda: daemon.kinds().count("gate_started") == 2)
    relay = [call for call in daemon.lines.calls()[before:] if call[1] == RELAY]
    assert relay
    assert all(level == 0 for _, _, level in relay), "a restart opens nothing"


def test_a_stop_lets_go_of_the_relay_before_the_pins_are_given_back(daemon: Daemon) -> None:
    daemon.start()
    daemon.press(True)
    soon(lambda: daemon.is_released)
    daemon.end(signal.SIGTERM)
    assert [call for call in daemon.lines.calls() if call[1] == RELAY][-2:] == [
        ("write", RELAY, 0),
        ("free", RELAY, 0),
    ]


def test_a_button_held_through_start_crash_and_update_opens_each_time_the_process_lives(
    daemon: Daemon,
) -> None:
    daemon.press(True)
    daemon.start()
    soon(lambda: daemon.is_released, "held during the start")
    soon(lambda: "lane_override" in daemon.kinds(), "a crash loses what is not logged yet")
    for number in (signal.SIGKILL, signal.SIGTERM):  # a crash, and the stop of an update
        daemon.end(number)
        daemon.rest()
        assert not daemon.is_released
        daemon.start()
        soon(lambda: daemon.is_released)
    soon(lambda: daemon.kinds().count("lane_override") == 3, "logged each time")


def test_the_button_opens_with_vision_dead_the_registry_noise_the_disk_full_and_no_network(
    daemon: Daemon,
) -> None:
    daemon.change_board("open_time = 5.0", "open_time = 0.5")
    daemon.registry.inbox.unlink()
    for file in daemon.registry.folder.iterdir():
        file.write_bytes(b"noise")
    can = subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True, check=False).returncode == 0
    daemon.start(without_network=can)
    started(daemon)
    gate = psutil.Process(daemon.pid)
    for worker in gate.children():
        with suppress(psutil.NoSuchProcess):
            worker.kill()
    # No file of the gate's may grow beyond 4 KiB from now on: the journal cannot be written.
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (4096, 4096))
    daemon.press(True)
    soon(lambda: daemon.is_released)
    daemon.press(False)
    soon(lambda: not daemon.is_released, "and it locks again")
    daemon.press(True)
    soon(lambda: daemon.is_released, "more than once")
    assert gate.is_running()
    assert "lane_override" not in daemon.kinds(), "the disk really was full"


def test_a_stop_waits_for_a_fire_to_end_and_kill_9_does_not(daemon: Daemon) -> None:
    # A panel that is quiet for a moment is quiet.
    daemon.change_board("open_time = 5.0", "open_time = 5.0\nfire_quiet = 0.2")
    daemon.start()
    started(daemon)
    daemon.drive(FIRE, True)
    soon(lambda: daemon.is_released)
    daemon.send(signal.SIGTERM)
    assert not daemon.has_ended(1.0), "it goes on"
    assert daemon.is_released, "the line has not dropped"
    daemon.drive(FIRE, False)
    assert daemon.has_ended(PATIENT)
    assert not daemon.is_released
    assert daemon.kinds()[-2:] == ["lane_closed", "gate_stopped"]


def test_a_break_in_alarm_outlives_kill_9(daemon: Daemon) -> None:
    daemon.start()
    started(daemon)
    daemon.drive(DOOR, True)
    memory = daemon.journal.with_name(FILE_NAME)
    soon(lambda: memory.exists() and b'"break_in":true' in memory.read_bytes())
    daemon.end(signal.SIGKILL)
    daemon.rest()
    daemon.drive(DOOR, False)
    buzzer = BOARD.outputs[OutputName.BUZZER].pin
    before = len(daemon.lines.calls())
    daemon.start()
    soon(lambda: ("write", buzzer, 1) in daemon.lines.calls()[before:], "the siren again")
    daemon.press(True)
    soon(lambda: daemon.is_released, "and nobody is locked in by it")
    daemon.end(signal.SIGTERM)
    assert b'"break_in":true' in memory.read_bytes(), "no button has ended it"
