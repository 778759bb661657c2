"""Maps a computer to the GPIO chip behind its header: `HEADERS`.

The kernel numbers its chips at every boot, and differently from one version to the next: a Pi 5's header was
gpiochip4, then gpiochip0. The label that a chip's driver gives it does not change. The offset of
a line on such a chip is its Broadcom (BCM) number, the one in the board file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from edge.boards.format import Computer

CONSUMER = "gatepost"
"""The name by which the kernel shows that Gatepost holds a line (gpioinfo)."""


@dataclass(frozen=True)
class PinHeader:
    """A 40-pin header: the label of the chip behind it, and the revision code of a board that has one.

    The code tells gpiozero which pins the header has, and which of them have a resistor of their own.
    """

    chip: str
    revision: int


HEADERS: Mapping[Computer, PinHeader] = MappingProxyType(
    {
        Computer.PI_3: PinHeader("pinctrl-bcm2835", 0xA02082),
        Computer.PI_ZERO_2: PinHeader("pinctrl-bcm2835", 0x902120),
        Computer.PI_4: PinHeader("pinctrl-bcm2711", 0xC03111),
        Computer.PI_5: PinHeader("pinctrl-rp1", 0xC04170),
        # gpiozero knows no header of a bare module; a carrier's is that of a Pi 4.
        Computer.CM_4: PinHeader("pinctrl-bcm2711", 0xC03111),
    }
)
