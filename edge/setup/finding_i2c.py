"""Finds what answers on the I²C buses of a Raspberry Pi, at the addresses that are known here.

Other addresses are not asked: a read alone can upset a chip that somebody else put there.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Protocol

from smbus2 import SMBus

from edge.setup.core import I2cFound
from edge.support.files import list_bounded

KNOWN = {
    0x10: "a relay board (DockerPi)",
    **dict.fromkeys(range(32, 40), "a port expander, as on relay boards (TCA9534, MCP23017)"),
    **dict.fromkeys(range(56, 64), "a port expander, as on relay boards (TCA9534A)"),
    0x51: "a real-time clock (PCF85063)",
    0x5A: "a thermometer (MLX90614)",
    0x68: "a real-time clock (DS3231)",
}
"""What usually has an address."""
_OF_DISPLAYS = frozenset({20, 21, 22})
"""Buses of the Pi's HDMI sockets."""


class ScannedBus(Protocol):
    def read_byte(self, address: int, /) -> int:
        """One byte from a chip. Raises OSError."""
        ...

    def close(self) -> None: ...


def open_bus(number: int) -> ScannedBus:
    bus: ScannedBus = SMBus(number)
    return bus


def i2c_in(
    root: Path, *, raspberry: bool, opened: Callable[[int], ScannedBus] = open_bus
) -> tuple[tuple[I2cFound, ...], str]:
    """What answers, and why nothing could be asked (empty: it could). Of other computers no bus is asked."""
    if not raspberry:
        return (), ""
    numbers: list[int] = []
    with suppress(OSError):
        names = [path.name.removeprefix("i2c-") for path in list_bounded(root / "dev", "i2c-*", 4096)]
        numbers = sorted({int(name) for name in names if name.isdecimal()} - _OF_DISPLAYS)
    if not numbers:
        return (
            (),
            "I²C is off: add dtparam=i2c_arm=on to /boot/firmware/config.txt where something is wired to it",
        )
    found: list[I2cFound] = []
    problems = []
    for number in numbers:
        try:
            with closing(opened(number)) as bus:
                found += [
                    I2cFound(number, address, what)
                    for address, what in KNOWN.items()
                    if _answers(bus, address)
                ]
        except OSError as error:
            problems.append(f"/dev/i2c-{number} cannot be opened: {error.strerror or error}")
    return tuple(found), "; ".join(problems)


def _answers(bus: ScannedBus, address: int) -> bool:
    try:
        bus.read_byte(address)
    except OSError as error:
        return error.errno == errno.EBUSY  # a driver of the kernel's has it
    return True
