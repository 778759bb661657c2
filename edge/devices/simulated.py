"""Pins in memory, and the wires on them: for replay, the demo, the simulator and tests."""

from __future__ import annotations

from gpiozero.pins.mock import MockFactory, MockPin

from edge.boards.format import Board, InputName, Level, OutputName
from edge.devices.pins import PinFactory
from edge.errors import DeviceError

PI_4 = "c03111"  # so that simulated pins are those of a Raspberry Pi 4's header


class WiredPin(MockPin):  # type: ignore[misc] # gpiozero ships no types
    """gpiozero's mock pin with a wire: once connected, the wire sets its level; before, its pull does."""

    wire: bool | None = None

    def connect(self, high: bool) -> None:
        self.wire = high
        self.drive_high() if high else self.drive_low()

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.wire is not None:
            self.connect(self.wire)


def simulated_pins() -> PinFactory:
    """Pins in memory; `drive` puts levels on their wires."""
    return MockFactory(revision=PI_4, pin_class=WiredPin)


def release_all(board: Board, pins: PinFactory) -> None:
    """Set every input inactive, as on a lane where nothing happens. Call it before the driver opens."""
    for line in board.inputs:
        drive(board, pins, line, active=False)


def drive(board: Board, pins: PinFactory, line: InputName, *, active: bool) -> None:
    """Put an input line on its active or inactive level. Raises DeviceError where the board has none."""
    if line not in board.inputs:
        raise DeviceError(
            f"the board has no input {line}",
            where=f"board {board.name}",
            remedy=f"it has: {', '.join(sorted(board.inputs))}",
        )
    high = active is (board.inputs[line].active is Level.HIGH)
    pins.pin(board.inputs[line].pin).connect(high)


def is_active(board: Board, pins: PinFactory, output: OutputName) -> bool:
    """Whether an output line is on its active level."""
    line = board.outputs[output]
    return bool(pins.pin(line.pin).state) is (line.active is Level.HIGH)
