"""The protocol of a thermometer, and a simulated one."""

from __future__ import annotations

from typing import Protocol

import msgspec


class RawTemperature(msgspec.Struct, frozen=True):
    """One measurement of a device, in °C and mm; None where it does not measure that."""

    celsius: float
    ambient: float | None = None
    distance: float | None = None


class Thermometer(Protocol):
    """A contactless thermometer. Used by one thread; nothing is called before `open`."""

    @property
    def name(self) -> str:
        """What and where it is, for people."""
        ...

    def open(self) -> None:
        """Reach the device. Raises DeviceError."""
        ...

    def read(self) -> RawTemperature:
        """One measurement, within a few seconds. Raises DeviceError for no answer, or an invalid one."""
        ...

    def close(self) -> None:
        """Close the device; never raises."""
        ...


class SimulatedThermometer:
    """A thermometer in memory that always measures the same: for the demo."""

    name = "simulated thermometer"

    def __init__(self, celsius: float) -> None:
        self._celsius = celsius

    def open(self) -> None:
        return

    def read(self) -> RawTemperature:
        return RawTemperature(self._celsius, 22.0)

    def close(self) -> None:
        return
