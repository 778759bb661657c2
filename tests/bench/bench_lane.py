"""From a grant to the relay's line: the gate idle, the vision worker busy, and the journal too.

The lane runs in its thread as in the gate, on pins in memory; the worker is the real one, looking at
pictures as fast as it can on one core; the journal commits one event after another (synchronous=FULL).

python tests/bench/bench_lane.py [GRANTS]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random
from threading import Event, Thread
from typing import Any

import cv2
import msgspec
import numpy as np
from gpiozero.pins.mock import MockFactory

from edge.boards.files import load_board
from edge.boards.format import InputName, OutputName
from edge.decision import ClockTrust, Direction, WallTime
from edge.devices.simulated import WiredPin, release_all
from edge.journal.factory import open_journal
from edge.lane.driver import LaneDriver
from edge.lane.task import LaneTask
from edge.vision.configuration import FrameMode, VisionConfiguration, WorkerTask
from edge.vision.worker.supervisor import VisionSupervisor
from tests.events import noted

RELAY_PIN = load_board("raspberry-pi-4").outputs[OutputName.RELAY_OPEN].pin
BUTTON = InputName.OVERRIDE
PICTURES = 3000


class TimedPin(WiredPin):
    """A pin in memory that tells when its line goes up."""

    on_change: Callable[[int, float], None] = staticmethod(lambda *_: None)

    def _set_state(self, value: Any) -> None:
        super()._set_state(value)
        if value:
            self.on_change(self._number, time.perf_counter())


class Lane:
    """A strike that is let go for a moment only, so that one grant follows another."""

    def __init__(self) -> None:
        board = load_board("raspberry-pi-4")
        barrier = msgspec.structs.replace(board.barrier, open_time=0.02)
        inputs = {BUTTON: board.inputs[BUTTON]}
        self.board = msgspec.structs.replace(board, barrier=barrier, inputs=inputs)
        self.up: SimpleQueue[float] = SimpleQueue()
        kind = type("Timed", (TimedPin,), {"on_change": staticmethod(self._note_change)})
        pins = MockFactory(revision="c03111", pin_class=kind)
        release_all(self.board, pins)
        self.driver = LaneDriver(self.board, pins, lambda _: None, time.monotonic)
        self.task = LaneTask(self.driver)

    def _note_change(self, pin: int, at: float) -> None:
        if pin == RELAY_PIN:
            self.up.put(at)

    def grants(self, count: int) -> list[float]:
        """Milliseconds from each grant to the line."""
        random, took = Random(1), []
        for number in range(count):
            time.sleep(random.uniform(0.04, 0.08))
            asked = time.perf_counter()
            self.driver.grant(str(number), Direction.ENTRY)
            try:
                took.append(1000.0 * (self.up.get(timeout=5.0) - asked))
            except Empty:
                print("a grant did not reach its relay within 5 s", file=sys.stderr)
        return took


@contextmanager
def busy_worker(folder: Path) -> Iterator[None]:
    """The vision worker, looking at noise and at codes' squares without a pause."""
    noise = np.random.default_rng(1).integers(0, 255, (480, 640, 3), np.uint8)
    picture = folder / "noise.png"
    cv2.imwrite(str(picture), noise)
    reports: SimpleQueue[Any] = SimpleQueue()
    vision = VisionSupervisor(
        WorkerTask(VisionConfiguration(), FrameMode.EVERY, inputs=(os.fsencode(picture),) * PICTURES)
    )
    vision.start(reports.put)
    reports.get(timeout=60.0)
    reports.get(timeout=60.0)
    try:
        yield
    finally:
        seen = reports.qsize()
        vision.stop()
        print(f"{'':<34}(the worker looked at {seen} pictures meanwhile)")


@contextmanager
def busy_journal(folder: Path) -> Iterator[None]:
    ended = Event()

    def write() -> None:
        with open_journal(folder / "journal.sqlite", "bench") as journal:
            while not ended.is_set():
                now = WallTime(datetime.now(UTC), ClockTrust.TRUSTED)
                journal.append(noted("x" * 500), now)

    writer = Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()


def main(count: int = 300) -> int:
    print(f"{'grant to relay, ms':<34}{'median':>10}{'p99':>10}{'most':>10}")
    for name, loads in (
        ("idle", ()),
        ("vision busy", (busy_worker,)),
        ("vision and journal busy", (busy_worker, busy_journal)),
    ):
        with tempfile.TemporaryDirectory() as scratch, ExitStack() as loaded:
            for load in loads:
                loaded.enter_context(load(Path(scratch)))
            lane = Lane()
            lane.task.start()
            loaded.callback(lane.task.stop)
            took = lane.grants(count)
            median, late = np.percentile(took, [50, 99])
            print(f"{name:<34}{median:>10.2f}{late:>10.2f}{max(took):>10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
