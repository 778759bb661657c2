"""What a thermometer is to the gate, and the one that is configured."""

from __future__ import annotations

from typing import Protocol

import msgspec

from edge.configuration import ThermometerKind, ThermometerSection


class RawTemperature(msgspec.Struct, frozen=True):
    """What the device gave, in °C and mm; None where it does not measure that."""

    celsius: float
    ambient: float | None = None
    distance: float | None = None


class Thermometer(Protocol):
    """A contactless thermometer. Used by one thread; none of it is called before `open`."""

    @property
    def name(self) -> str:
        """What and where it is, for people."""
        ...

    def open(self) -> None:
        """Reach the device. Raises DeviceError."""
        ...

    def read(self) -> RawTemperature:
        """One measurement, within a few seconds. Raises DeviceError: no answer, or none that makes sense."""
        ...

    def close(self) -> None:
        """Let the device go; never raises."""
        ...


class SimulatedThermometer:
    """A thermometer in memory, that always measures the same: for the demo."""

    name = "simulated thermometer"

    def __init__(self, celsius: float) -> None:
        self._celsius = celsius

    def open(self) -> None:
        return

    def read(self) -> RawTemperature:
        return RawTemperature(self._celsius, 22.0)

    def close(self) -> None:
        return


def thermometer_for(section: ThermometerSection) -> Thermometer | None:
    """The thermometer that gate.toml describes, not yet open; None where there is none."""
    match section.kind:
        case ThermometerKind.NONE:
            return None
        case ThermometerKind.SIMULATED:
            return SimulatedThermometer(section.simulated)
        case ThermometerKind.MLX90614:
            from edge.devices.mlx90614 import Mlx90614, i2c_bus  # noqa: PLC0415 - only where it is wired

            return Mlx90614(lambda: i2c_bus(section.bus), section.address, f"/dev/i2c-{section.bus}")
        case ThermometerKind.SERIAL:
            from edge.devices.serial_thermometer import SerialThermometer  # noqa: PLC0415 - the same

            return SerialThermometer(section.port, section.baud)
