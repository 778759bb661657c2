"""Driving simulated pins as the wires would: for the simulator, the demo and tests."""

from __future__ import annotations

from edge.barrier.board import Board, InputName, Level, OutputName
from edge.devices.pins import PinFactory
from edge.errors import DeviceError


def release_all(board: Board, pins: PinFactory) -> None:
    """Every input inactive, as on a lane where nothing happens. Call it before the driver opens."""
    for line in board.inputs:
        drive(board, pins, line, active=False)


def drive(board: Board, pins: PinFactory, line: InputName, *, active: bool) -> None:
    """Put an input line on its active or inactive level. Raises DeviceError where the board has none."""
    if line not in board.inputs:
        raise DeviceError(
            f"has no {line}", where=f"board {board.name}", remedy=f"it has: {', '.join(sorted(board.inputs))}"
        )
    high = active is (board.inputs[line].active is Level.HIGH)
    pin = pins.pin(board.inputs[line].pin)
    pin.drive_high() if high else pin.drive_low()


def is_active(board: Board, pins: PinFactory, output: OutputName) -> bool:
    """Whether an output line is on its active level."""
    line = board.outputs[output]
    return bool(pins.pin(line.pin).state) is (line.active is Level.HIGH)
