"""The lane at work: what a gate starts first, and what goes on whatever else cannot start."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from edge.boards.files import read_board, refuse_dangerous
from edge.boards.format import Board
from edge.configuration import GateConfiguration
from edge.devices.pins import PinFactory, board_pins
from edge.devices.simulated import release_all, simulated_pins
from edge.journal.format import LaneFault
from edge.lane.configuration import PinKind
from edge.lane.driver import LaneDriver, LaneReport
from edge.lane.machine import Record
from edge.lane.memory_file import FILE_NAME, LaneMemoryFile
from edge.lane.task import LaneTask
from edge.runtime.buses import buses_in_use
from edge.runtime.machine import Machine
from edge.runtime.starting import started

_MAY_PAUSE = 2.0
"""Seconds without a sign of life after which a lane counts as hanging."""


@dataclass(frozen=True)
class LaneAtWork:
    """A lane as a task, the board that it is wired by, and what it must not forget."""

    board: Board
    driver: LaneDriver
    task: LaneTask
    memory: LaneMemoryFile
    read_every: float

    def keep_memory(self) -> float:
        """Write down what the lane must not forget; returns when to try again where that failed."""
        return self.memory.save(self.driver.memory)

    def lives(self, now: float) -> bool:
        """Whether it was stepped a short time before monotonic `now`."""
        return now - self.driver.pumped_at < _MAY_PAUSE + self.read_every


def start_lane(
    configuration: GateConfiguration,
    report: Callable[[LaneReport], None],
    running: ExitStack,
    machine: Machine,
) -> LaneAtWork:
    """The lane at work until `running` ends, on the machine's pins or those that gate.toml names.

    Raises GatepostError where the board is dangerous, or its pins are not to be had.
    """
    section, monotonic = configuration.lane, machine.time.monotonic
    board, document = read_board(section.board)
    refuse_dangerous(board, buses_in_use(configuration, board), document)
    pins = _pins(section.pins, board, running) if machine.pins is None else machine.pins
    if section.pins is PinKind.SIMULATED:
        release_all(board, pins)
    memory = LaneMemoryFile(configuration.journal.path.with_name(FILE_NAME), monotonic)
    remembered, problem = memory.read()
    if problem:
        report(LaneReport(monotonic(), Record(LaneFault(problem))))
    driver = LaneDriver(board, pins, report, monotonic, remembered, machine.read_every)
    task = started(LaneTask(driver, machine.runner), running)
    return LaneAtWork(board, driver, task, memory, machine.read_every)


def _pins(kind: PinKind, board: Board, running: ExitStack) -> PinFactory:
    pins = board_pins(board) if kind is PinKind.GPIO else simulated_pins()
    running.callback(pins.close)
    return pins
