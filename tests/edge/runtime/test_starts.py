"""A start always ends with a live lane: whatever became of the files, the button opens and nothing else does.

FAULTS 41 and 42. `make starts` changes 500 single bytes, one after the other; here it is a few.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest
from msgspec.structs import replace

from edge.boards.files import load_board
from edge.boards.format import Board, InputName, OutputName
from edge.configuration import GateConfiguration
from edge.devices.pins import PinFactory
from edge.devices.simulated import drive, is_active, simulated_pins
from edge.errors import JournalError
from edge.gate import run_gate
from edge.journal.configuration import WhenFull
from edge.journal.reader import JournalReader
from edge.runtime.machine import Machine
from edge.support.notify import Notifier
from edge.vision.configuration import FaceEngineName
from tests.edge.runtime.conftest import Bench, without_vision
from tests.examples import LONG
from tests.waiting import pause, soon

BYTES = int(os.environ.get("STARTS", "4"))
WITHIN = 60.0
"""Seconds, on a busy machine, until a lane that lives has answered its button."""

QUIET = 0.3
"""Seconds for a barrier that would open by itself to do so."""


class Signs(Notifier):
    """Counts the signs of life."""

    count = 0

    def alive(self, status: str = "") -> bool:  # noqa: ARG002
        self.count += 1
        return True


@pytest.fixture
def configuration(bench: Bench) -> GateConfiguration:
    """The bench's gate after a first life of its own, with a camera that is not there."""
    bench.lane.close()
    bench.journal.close()
    vision = replace(bench.configuration.vision, camera="v4l2:99", faces=FaceEngineName.NONE)
    made = replace(bench.configuration, vision=vision)
    with living(made) as (board, pins):
        assert opens(board, pins)
    return made


@contextmanager
def living(configuration: GateConfiguration) -> Iterator[tuple[Board, PinFactory]]:
    """The gate at work in a thread; it must still be alive at the end, show so, and stop when it is asked."""
    board, pins = load_board(configuration.lane.board), simulated_pins()
    stop, failed, signs = Event(), [], Signs({})

    def run() -> None:
        try:
            run_gate(configuration, stop, Machine(pins=pins, notifier=signs, vision=without_vision))
        except BaseException as error:  # noqa: BLE001 - that is what is asked about
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        yield board, pins
        before = signs.count
        soon(lambda: failed or signs.count > before, "the main loop goes round: systemd would start it anew")
        assert not failed, failed
        assert thread.is_alive()
    finally:
        stop.set()
        thread.join(WITHIN)
    assert not thread.is_alive()
    assert not failed, failed


def opens(board: Board, pins: PinFactory) -> bool:
    """Whether the button, and nothing before it, opens the barrier."""
    began, pressed = time.monotonic(), False
    while (since := time.monotonic() - began) < WITHIN:
        if is_active(board, pins, OutputName.RELAY_OPEN):
            assert pressed, "it opened by itself"
            return True
        if since > QUIET:  # again and again: the lane may not be there yet
            pressed = True
            drive(board, pins, InputName.OVERRIDE, active=int((since - QUIET) / 0.5) % 2 == 0)
        pause(0.02)
    return False


def state_files(configuration: GateConfiguration) -> list[Path]:
    folders = (configuration.journal.path.parent, configuration.registry.folder)
    found = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    return sorted(path for path in found if not path.name.endswith((".lock", ".damaged")))


def _in_its_place(make: Callable[[Path], object]) -> Callable[[Path], object]:
    def change(path: Path) -> None:
        path.unlink()
        make(path)

    return change


DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "noise": lambda path: path.write_bytes(Random(path.name).randbytes(4096)),
    "a directory": _in_its_place(Path.mkdir),
    "a pipe": _in_its_place(os.mkfifo),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("how", DAMAGE)
def test_a_gate_all_of_whose_files_are_damaged_has_a_live_lane(
    configuration: GateConfiguration, how: str
) -> None:
    for path in state_files(configuration):
        DAMAGE[how](path)
    with living(configuration) as (board, pins):
        assert opens(board, pins)


@pytest.mark.longer
@pytest.mark.timeout(600)
@pytest.mark.parametrize("how", ["missing", "noise"])
def test_a_gate_any_one_of_whose_files_is_damaged_has_a_live_lane(
    configuration: GateConfiguration, tmp_path: Path, how: str
) -> None:
    roots = (configuration.journal.path.parent, configuration.registry.folder)
    kept = [shutil.copytree(root, tmp_path / f"kept-{number}") for number, root in enumerate(roots)]
    files = state_files(configuration)
    for path in files if LONG else files[how == "noise" :: 2]:
        if path.exists():
            DAMAGE[how](path)
            with living(configuration) as (board, pins):
                assert opens(board, pins), path
        for root, copy in zip(roots, kept, strict=True):
            shutil.rmtree(root)
            shutil.copytree(copy, root)


@pytest.mark.timeout(3600)
def test_any_single_byte_of_any_file_may_be_another(configuration: GateConfiguration) -> None:
    random = Random(41)
    for _ in range(BYTES):
        path = random.choice([path for path in state_files(configuration) if path.stat().st_size])
        before = path.read_bytes()
        changed = bytearray(before)
        changed[random.randrange(len(changed))] ^= random.randrange(1, 256)
        path.write_bytes(changed)
        with living(configuration) as (board, pins):
            assert opens(board, pins), path
        if path.exists():
            path.write_bytes(before)


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("tries_again_often")
@pytest.mark.parametrize("when_full", list(WhenFull))
def test_a_journal_whose_path_cannot_be_one_leaves_lane_and_policy_and_is_taken_up_once_it_can(
    configuration: GateConfiguration, when_full: WhenFull
) -> None:
    folder = configuration.journal.path.parent / "later"
    folder.write_bytes(b"a file where a folder should be")
    journal = replace(configuration.journal, path=folder / "journal.sqlite", when_full=when_full)
    with living(replace(configuration, journal=journal)) as (board, pins):
        assert opens(board, pins)
        folder.unlink()
        soon(lambda: "journal_recovered" in _kinds(journal.path), "it was never tried again")


def _kinds(journal: Path) -> list[str]:
    if not journal.is_file():
        return []
    with suppress(JournalError), closing(JournalReader(journal)) as reader:
        return [entry.kind for entry in reader.every()]
    return []  # it is just being made
