"""Which of the Pi's own buses take pins of the header: those that gate.toml uses, and those switched on."""

from __future__ import annotations

from pathlib import Path

from edge.boards.format import Board, Bus, Computer
from edge.configuration import GateConfiguration
from edge.lane.configuration import PinKind
from edge.thermometry.configuration import ThermometerKind

_SIGNS = {
    Bus.I2C: "dev/i2c-1",
    Bus.SPI: "dev/spidev0.*",
    Bus.ONE_WIRE: "sys/bus/w1/devices/w1_bus_master*",
}
"""What the kernel shows of each that is switched on for the header."""

_HEADER_BUS = 1


def buses_in_use(configuration: GateConfiguration, board: Board, root: Path = Path("/")) -> frozenset[Bus]:
    """The buses whose pins `board` cannot have; the kernel is asked where it is real pins that move."""
    if board.computer is Computer.SIMULATED:
        return frozenset()
    thermometer = configuration.thermometer
    used = (
        {Bus.I2C} if (thermometer.kind, thermometer.bus) == (ThermometerKind.MLX90614, _HEADER_BUS) else set()
    )
    if configuration.lane.pins is PinKind.GPIO:
        used |= {bus for bus, sign in _SIGNS.items() if any(root.glob(sign))}
    return frozenset(used)
