"""Pins in memory, and the wires on them: for replay, the demo, the simulator and tests."""

from __future__ import annotations

from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

from edge.boards.format import Board, InputName, LineLevel, OutputName
from edge.devices.pins import PinFactory
from edge.devices.relays.factory import RelayPin
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


class _SimulatedPins(MockFactory):  # type: ignore[misc] # gpiozero ships no types
    """gpiozero's mock factory with relays of a relay board beside its pins, each a memory."""

    def __init__(self) -> None:
        super().__init__(revision=PI_4, pin_class=WiredPin)
        self._relays: dict[int, RelayPin] = {}

    def pin(self, name: int | str) -> Any:
        if isinstance(name, int):
            return super().pin(name)
        relay = int(name.removeprefix("relay "))
        return self._relays.setdefault(relay, RelayPin(_NoSwitch(), relay))


class _NoSwitch:
    """Relays that nothing is wired to."""

    def set(self, _relay: int, _on: bool, /) -> None:
        pass

    def keep(self) -> None:
        pass

    def probe(self) -> None:
        pass


def simulated_pins() -> PinFactory:
    """Pins in memory; `drive` puts levels on their wires."""
    return _SimulatedPins()


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
    high = active is (board.inputs[line].active is LineLevel.HIGH)
    pins.pin(board.inputs[line].pin).connect(high)


def is_active(board: Board, pins: PinFactory, output: OutputName) -> bool:
    """Whether an output line is on its active level."""
    line = board.outputs[output]
    return bool(pins.pin(line.place).state) is (line.active is LineLevel.HIGH)
