"""Reads the MLX90614 infrared thermometer over I²C (SMBus).

Its two results lie in RAM as sixteen bits of 0.02 K, each followed by a packet error code (PEC): CRC-8 over
everything that went over the wire. The code is checked here, not left to the adapter. Nothing is ever
written: the emissivity in its EEPROM stays as the factory or the installer set it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from smbus2 import SMBus, i2c_msg

from edge.errors import DeviceError
from edge.thermometry.thermometer import RawTemperature

AMBIENT = 0x06
OBJECT = 0x07
"""RAM addresses of the linearised temperatures."""

_KELVIN = 273.15
_STEP = 0.02
_ERROR_FLAG = 0x8000
_REMEDY = "check wiring and address with i2cdetect; see docs/temperature.md"


class I2cBus(Protocol):
    """The part of smbus2's SMBus that is used."""

    def i2c_rdwr(self, *messages: i2c_msg) -> None:
        """Carry out the messages as one transfer. Raises OSError."""
        ...

    def close(self) -> None:
        """Close the bus."""
        ...


def open_i2c_bus(number: int) -> I2cBus:
    """The kernel's /dev/i2c-`number`. Raises OSError."""
    bus: I2cBus = SMBus(number)
    return bus


class Mlx90614:
    """One sensor. `bus` opens the bus; `where` names it in errors."""

    def __init__(self, bus: Callable[[], I2cBus], address: int, where: str) -> None:
        self._open_bus = bus
        self._address = address
        self._where = f"{where}, address {address:#04x}"
        self._bus: I2cBus | None = None

    @property
    def name(self) -> str:
        return f"MLX90614 at {self._where}"

    def open(self) -> None:
        try:
            self._bus = self._open_bus()
        except OSError as error:
            raise self._failed(error.strerror or str(error)) from error

    def read(self) -> RawTemperature:
        ambient = self._register(AMBIENT)
        return RawTemperature(self._register(OBJECT), ambient)

    def close(self) -> None:
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.close()

    def _register(self, command: int) -> float:
        if self._bus is None:
            raise self._failed("is not open")
        asked, answered = i2c_msg.write(self._address, [command]), i2c_msg.read(self._address, 3)
        try:
            self._bus.i2c_rdwr(asked, answered)
        except OSError as error:
            raise self._failed(f"does not answer: {error.strerror or error}") from error
        return self._celsius(command, bytes(answered))

    def _celsius(self, command: int, answer: bytes) -> float:
        low, high, code = answer
        wire = bytes([self._address << 1, command, self._address << 1 | 1, low, high])
        if packet_error_code(wire) != code:
            raise self._failed(f"answered {answer.hex(' ')}, whose error code is wrong: noise on the bus")
        value = high << 8 | low
        if value & _ERROR_FLAG:
            raise self._failed(f"reports {value:#06x}, which is not a measurement")
        return round(value * _STEP - _KELVIN, 2)

    def _failed(self, what: str) -> DeviceError:
        return DeviceError(f"the thermometer {what}", where=self._where, remedy=_REMEDY)


def packet_error_code(data: bytes) -> int:
    """SMBus's PEC: CRC-8 with the polynomial x⁸+x²+x+1."""
    code = 0
    for byte in data:
        code ^= byte
        for _ in range(8):
            code = (code << 1 ^ 0x07) & 0xFF if code & 0x80 else code << 1
    return code
