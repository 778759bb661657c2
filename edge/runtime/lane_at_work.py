"""The lane at work: what a gate starts first, and what goes on whatever else cannot start."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Event
from time import monotonic

from edge.boards.files import read_board, refuse_dangerous
from edge.boards.format import Board
from edge.configuration import GateConfiguration
from edge.devices.pins import PinFactory, gpio_pins
from edge.devices.simulated import release_all, simulated_pins
from edge.journal.format import LaneFault
from edge.lane.configuration import PinKind
from edge.lane.driver import LaneDriver, LaneReport, LaneThread
from edge.lane.machine import Record
from edge.lane.memory_file import FILE_NAME, LaneMemoryFile
from edge.runtime.buses import buses_in_use
from edge.runtime.starting import started
from edge.support.notify import Notifier

_MAY_PAUSE = 2.0
"""Seconds without a sign of life after which a lane counts as hanging."""

_STOPS_WITHIN = 5.0
"""Seconds by which a stop is put off, again and again, while a fire keeps the barrier open."""


@dataclass(frozen=True)
class LaneAtWork:
    """A lane in its own thread, the board that it is wired by, and what it must not forget."""

    board: Board
    driver: LaneDriver
    thread: LaneThread
    memory: LaneMemoryFile

    def keep_memory(self) -> None:
        """Write down what the lane must not forget."""
        self.memory.save(self.driver.memory)

    def has_to_go_on(self, stop: Event) -> bool:
        """Whether the gate goes on: until `stop`, and for as long as a fire keeps the barrier open."""
        return not stop.is_set() or self.driver.must_go_on

    def show_life(self, notifier: Notifier, stop: Event, *, watched: bool) -> None:
        """Tell systemd that the gate goes on: also where a stop was asked for and has to wait.

        It does not where the lane hangs, nor where nobody watches for people though somebody should
        (`watched`).
        """
        if stop.is_set():
            notifier.stopping_later(_STOPS_WITHIN, "a fire: the barrier stays open, and so does the gate")
        if watched and monotonic() - self.driver.pumped_at < _MAY_PAUSE:
            notifier.alive()


def start_lane(
    configuration: GateConfiguration,
    report: Callable[[LaneReport], None],
    running: ExitStack,
    pins: PinFactory | None = None,
) -> LaneAtWork:
    """The lane at work until `running` ends, on `pins` or those that gate.toml names.

    Raises GatepostError where the board is dangerous, or its pins are not to be had.
    """
    section = configuration.lane
    board, document = read_board(section.board)
    refuse_dangerous(board, buses_in_use(configuration, board), document)
    pins = _pins(section.pins, board, running) if pins is None else pins
    if section.pins is PinKind.SIMULATED:
        release_all(board, pins)
    memory = LaneMemoryFile(configuration.journal.path.with_name(FILE_NAME), monotonic)
    remembered, problem = memory.read()
    if problem:
        report(LaneReport(monotonic(), Record(LaneFault(problem))))
    driver = LaneDriver(board, pins, report, remembered=remembered)
    return LaneAtWork(board, driver, started(LaneThread(driver), running), memory)


def _pins(kind: PinKind, board: Board, running: ExitStack) -> PinFactory:
    pins = gpio_pins(board.computer) if kind is PinKind.GPIO else simulated_pins()
    running.callback(pins.close)
    return pins
