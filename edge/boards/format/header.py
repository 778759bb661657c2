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

PHYSICAL = {
    2: 3,
    3: 5,
    4: 7,
    5: 29,
    6: 31,
    7: 26,
    8: 24,
    9: 21,
    10: 19,
    11: 23,
    12: 32,
    13: 33,
    14: 8,
    15: 10,
    16: 36,
    17: 11,
    18: 12,
    19: 35,
    20: 38,
    21: 40,
    22: 15,
    23: 16,
    24: 18,
    25: 22,
    26: 37,
    27: 13,
}
"""Where each line is among the header's forty pins."""
GROUNDS = frozenset({6, 9, 14, 20, 25, 30, 34, 39})
SUPPLIES = {1: "3.3 V", 2: "5 V", 4: "5 V", 17: "3.3 V"}
