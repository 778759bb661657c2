"""Which thermometer a configuration means."""

from __future__ import annotations

from edge.configuration import ThermometerKind, ThermometerSection
from edge.devices.mlx90614 import Mlx90614, i2c_bus
from edge.devices.serial_thermometer import SerialThermometer
from edge.devices.thermometer import SimulatedThermometer, Thermometer


def thermometer_for(section: ThermometerSection) -> Thermometer | None:
    """The thermometer that gate.toml describes, not yet open; None where there is none."""
    match section.kind:
        case ThermometerKind.NONE:
            return None
        case ThermometerKind.SIMULATED:
            return SimulatedThermometer(section.simulated)
        case ThermometerKind.MLX90614:
            return Mlx90614(lambda: i2c_bus(section.bus), section.address, f"/dev/i2c-{section.bus}")
        case ThermometerKind.SERIAL:
            return SerialThermometer(section.port, section.baud)
