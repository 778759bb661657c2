"""Makes the thermometer that a configuration describes."""

from __future__ import annotations

from collections.abc import Callable

from edge.thermometry.configuration import ThermometerKind, ThermometerSection
from edge.thermometry.mlx90614 import Mlx90614, open_i2c_bus
from edge.thermometry.serial_line import SerialThermometer
from edge.thermometry.thermometer import SimulatedThermometer, Thermometer
from edge.thermometry.watch import ThermometerWatch


def thermometer_for(section: ThermometerSection) -> Thermometer | None:
    """The thermometer that gate.toml describes, not yet open; None where there is none."""
    match section.kind:
        case ThermometerKind.NONE:
            return None
        case ThermometerKind.SIMULATED:
            return SimulatedThermometer(section.simulated)
        case ThermometerKind.MLX90614:
            return Mlx90614(lambda: open_i2c_bus(section.bus), section.address, f"/dev/i2c-{section.bus}")
        case ThermometerKind.SERIAL:
            return SerialThermometer(section.port, section.baud)


def watched_thermometer(
    section: ThermometerSection, monotonic: Callable[[], float], changed: Callable[[], None]
) -> ThermometerWatch | None:
    """The watch over the thermometer, not yet polled; None where there is none. Whether it answers is found
    out later; `changed` is called when there is news.
    """
    device = thermometer_for(section)
    return None if device is None else ThermometerWatch(device, section, monotonic, changed)
