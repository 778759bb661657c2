"""Drives and reads the lane's lines on real or simulated pins (`edge.devices.simulated`).

The pin factory is an argument, never gpiozero's global one. Relays come first and inactive: a line is
claimed at its inactive level in one step, and set to that again before it is released.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from edge.boards.format import Board, Computer, Input, InputName, LineLevel, Output, OutputName, Pull
from edge.devices.gpio.header import CONSUMER, HEADERS
from edge.devices.relays.factory import RelayPins
from edge.errors import DeviceError

PinFactory = Any
"""gpiozero's `Factory`; it ships no types."""

_PULLS = {Pull.UP: "up", Pull.DOWN: "down", Pull.NONE: "floating"}


def board_pins(board: Board) -> PinFactory:
    """The pins and relays that `board` is wired to. Raises DeviceError as `gpio_pins` does."""
    header = gpio_pins(board.computer)
    return header if board.relay_board is None else RelayPins(header, board.relay_board)


def gpio_pins(computer: Computer) -> PinFactory:
    """The pins of this computer's header. Raises DeviceError where it is not `computer`, or has none."""
    if computer is Computer.SIMULATED:
        raise DeviceError(
            "a simulated board has no pins",
            where="lane.board",
            remedy='name the board that is wired, or set pins = "simulated"',
        )
    try:
        from edge.devices.gpio.chips import open_chip  # noqa: PLC0415 - gpiod exists on Linux alone
        from edge.devices.gpio.factory import GpiodFactory  # noqa: PLC0415
    except ImportError as error:
        raise DeviceError(
            f"no GPIO on this computer: {error}",
            where="gpiod",
            remedy='run on Linux, or set pins = "simulated"',
        ) from error
    header = HEADERS[computer]
    return GpiodFactory(open_chip(header.chip), header)


def held_by_others(board: Board, pins: PinFactory) -> Iterator[str]:
    """Yield a text for each of the board's lines that another program or the kernel holds (`board_pins`)."""
    outputs = [(f"outputs.{name}", line.pin) for name, line in board.outputs.items() if not line.relay]
    inputs = [(f"inputs.{name}", line.pin) for name, line in board.inputs.items()]
    for where, line in outputs + inputs:
        holder = pins.holder(line)
        if holder not in {"", CONSUMER}:
            yield f'{where}: GPIO {line} is held by "{holder}"'


class Outputs:
    """The output lines of a board. `claim` before use, `release` after."""

    def __init__(self, board: Board, pins: PinFactory) -> None:
        self._lines = {name: board.outputs[name] for name in OutputName if name in board.outputs}
        self._factory = pins
        self._pins: dict[OutputName, Any] = {}

    def __contains__(self, name: OutputName) -> bool:
        return name in self._lines

    def claim(self) -> None:
        """Make every line an output at its inactive level, the relays first. Raises DeviceError."""
        for name, line in self._lines.items():
            try:
                pin = self._factory.pin(line.place)
                pin.output_with_state(_level(line, False))
            except Exception as error:
                raise _line_failed(f"outputs.{name}", line.place, error) from error
            self._pins[name] = pin

    def set(self, name: OutputName, active: bool) -> None:
        """Drive one line. Raises DeviceError."""
        line = self._lines[name]
        try:
            self._pins[name].state = _level(line, active)
        except Exception as error:
            raise _line_failed(f"outputs.{name}", line.place, error) from error

    def keep(self) -> None:
        """Tell a relay board again what it was told, where there is one. Raises DeviceError."""
        if isinstance(self._factory, RelayPins):
            self._factory.keep()

    def rest(self) -> None:
        """Drive every line inactive, the relays first, the others even if one fails. Raises DeviceError."""
        failed: DeviceError | None = None
        for name in self._pins:
            try:
                self.set(name, False)
            except DeviceError as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def release(self) -> None:
        """Drive every line inactive, then release the pins. Raises DeviceError if a line failed."""
        try:
            self.rest()
        finally:
            pins, self._pins = self._pins, {}
            for pin in pins.values():
                pin.close()


class Inputs:
    """The input lines of a board. `watch` reports raw edges; `read` gives the levels as they are now."""

    def __init__(self, board: Board, pins: PinFactory) -> None:
        self._lines = dict(board.inputs)
        self._factory = pins
        self._pins: dict[InputName, Any] = {}
        self._listeners: list[_Listener] = []

    @property
    def debounce(self) -> Mapping[InputName, float]:
        return {name: line.debounce for name, line in self._lines.items()}

    def watch(self, report: Callable[[InputName, bool], None]) -> None:
        """Claim the lines and call `report(line, active)` at every edge, from the pins' own thread."""
        for name, line in self._lines.items():
            try:
                pin = self._factory.pin(line.pin)
                pin.input_with_pull(_PULLS[line.pull])
                listener = _Listener(name, line, report)
                self._listeners.append(listener)  # gpiozero itself keeps only a weak reference
                pin.edges = "both"
                pin.when_changed = listener.changed
            except Exception as error:
                raise _line_failed(f"inputs.{name}", line.pin, error) from error
            self._pins[name] = pin

    def read(self) -> dict[InputName, bool]:
        """Which lines are active now. Raises DeviceError."""
        return {name: self.read_line(name) for name in self._pins}

    def read_line(self, name: InputName) -> bool:
        """Whether one line is active now. Raises DeviceError."""
        line = self._lines[name]
        try:
            return bool(self._pins[name].state) is (line.active is LineLevel.HIGH)
        except Exception as error:
            raise _line_failed(f"inputs.{name}", line.pin, error) from error

    def release(self) -> None:
        pins, self._pins = self._pins, {}
        for pin in pins.values():
            pin.when_changed = None
            pin.close()
        self._listeners.clear()


class _Listener:
    """What gpiozero calls at an edge of one line."""

    def __init__(self, name: InputName, line: Input, report: Callable[[InputName, bool], None]) -> None:
        self._name = name
        self._active = line.active is LineLevel.HIGH
        self._report = report

    def changed(self, _ticks: float, state: float) -> None:
        self._report(self._name, bool(state) is self._active)


def _level(line: Output, active: bool) -> bool:
    return active is (line.active is LineLevel.HIGH)


def _line_failed(where: str, place: int | str, error: Exception) -> DeviceError:
    if isinstance(error, DeviceError):
        return error
    if isinstance(place, str):
        return DeviceError(
            f"{place} of the relay board failed: {error}",
            where=where,
            remedy="does the board answer? i2cdetect -y 1; docs/wiring.md, 'On the bus'",
        )
    return DeviceError(
        f"GPIO {place} failed: {error}",
        where=where,
        remedy="check whether another program holds the pin: gpioinfo",
    )
