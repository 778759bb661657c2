"""lgpio pins that are never driven to a level nobody asked for.

gpiozero's own `LGPIOPin` makes an output in two steps: it claims the line at level 0, then writes the
level wanted. An active-low relay is energised between the two. lgpio can claim a line at a level, and
`output_with_state` is the method that gpiozero's documentation names for overriding to do so. The same
class turns a line it closes into an input without a pull, which lets it float; here a line is only given
back, as it was last driven.

Importing this module imports lgpio, which makes a FIFO in the folder that LG_WD names (default: the
current one). Hence only `edge.devices.pins.gpio_pins` imports it, and late.
"""

from __future__ import annotations

from typing import Any

import lgpio
from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin


class LevelFirstPin(LGPIOPin):  # type: ignore[misc] # gpiozero ships no types
    """An lgpio pin that is claimed at the level wanted, and given back at the level it has."""

    def output_with_state(self, state: bool) -> None:
        self.when_changed = None
        lgpio.gpio_claim_output(self.factory._handle, self._number, int(state))  # noqa: SLF001 - as the base class does

    def close(self) -> None:
        if self.factory._handle is None:  # noqa: SLF001
            return
        self.when_changed = None
        lgpio.gpio_free(self.factory._handle, self._number)  # noqa: SLF001


def level_first_factory(chip: int | None = None) -> Any:
    """A pin factory on /dev/gpiochip`chip` (None: the header's) whose pins are `LevelFirstPin`s."""
    factory = LGPIOFactory(chip)
    factory.pin_class = LevelFirstPin
    return factory
