"""Checks the pins of a board: the same rules for every line, whatever it does.

PURE. `edge.boards.format.wiring` looks at what the lines do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from edge.boards.format.board import NO_PIN, Board
from edge.boards.format.header import EEPROM_PINS, HEADER_PINS, PINS_OF, SERIAL_PINS, SWITCH_OF, Bus
from edge.boards.format.problem import BoardProblem, error


def check_pins(board: Board, in_use: Iterable[Bus]) -> list[BoardProblem]:
    """What is wrong with the pins of a board, on a computer that has the buses `in_use`."""
    lines = [
        *((f"outputs.{name}", output.pin) for name, output in board.outputs.items() if output.pin != NO_PIN),
        *((f"inputs.{name}", line.pin) for name, line in board.inputs.items()),
    ]
    buses = sorted({*in_use, *((Bus.I2C,) if board.relay_board is not None else ())})
    return [
        *(problem for where, pin in lines for problem in _check_pin(where, pin, buses)),
        *_check_pins_are_alone(lines),
    ]


def _check_pin(where: str, pin: int, buses: Iterable[Bus]) -> list[BoardProblem]:
    if pin not in HEADER_PINS:
        return [error(where, f"the Pi's header has no GPIO {pin}", "use a BCM number from 2 to 27")]
    if pin in EEPROM_PINS:
        return [error(where, f"GPIO {pin} is the HAT's identity bus, read at every boot", "use another pin")]
    if pin in SERIAL_PINS:
        what = f"GPIO {pin} is the serial console: the Pi itself drives it while it boots"
        return [error(where, what, "use another pin: a relay there moves, and a button to ground shorts it")]
    return [
        error(
            where,
            f"GPIO {pin} belongs to {bus}, which is in use here",
            f"use another pin, or do without {bus} (take {SWITCH_OF[bus]} out of config.txt)",
        )
        for bus in buses
        if pin in PINS_OF[bus]
    ]


def _check_pins_are_alone(lines: list[tuple[str, int]]) -> list[BoardProblem]:
    uses = Counter(pin for _, pin in lines)
    return [
        error(
            ", ".join(where for where, used in lines if used == pin),
            f"GPIO {pin} has {count} functions",
            "give each its own pin",
        )
        for pin, count in uses.items()
        if count > 1
    ]
