"""The Pi's 40-pin header: what each pin is reserved for, and its pull at reset. PURE."""

from __future__ import annotations

from enum import StrEnum

HEADER_PINS = frozenset(range(28))
EEPROM_PINS = frozenset({0, 1})
FIXED_PULL_UP_PINS = frozenset({2, 3})
SERIAL_PINS = frozenset({14, 15})
PULLED_UP_AT_RESET = frozenset(range(9))
# BCM2711 peripherals, table "GPIO Pull-up / Pull-down": GPIO 0-8 reset to pull-up, 9-27 to pull-down.
# RP1 (Pi 5) resets the header's pins the same way.


class Bus(StrEnum):
    """A bus of the Pi that occupies pins while it is enabled."""

    I2C = "I²C"
    SPI = "SPI"
    ONE_WIRE = "1-Wire"


PINS_OF = {
    Bus.I2C: frozenset({2, 3}),
    Bus.SPI: frozenset({7, 8, 9, 10, 11}),
    Bus.ONE_WIRE: frozenset({4}),  # where nothing else was written behind dtoverlay=w1-gpio
}
SWITCH_OF = {Bus.I2C: "dtparam=i2c_arm", Bus.SPI: "dtparam=spi", Bus.ONE_WIRE: "dtoverlay=w1-gpio"}
"""The setting that enables each, in /boot/firmware/config.txt."""
