"""lgpio's pins, claimed at their first level and closed towards their inactive one.

gpiozero's own LGPIOPin claims an output at level 0 and then writes its first value; closed, it floats.
"""

from __future__ import annotations

from typing import Any

import lgpio
from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin


class ClaimedPin(LGPIOPin):  # type: ignore[misc] # the library's own extension point, without types
    """A pin that is never at a level that nobody asked for."""

    _first_level: int | None = None

    def output_with_state(self, state: Any) -> None:
        """Become an output at `state` in one call to the kernel."""
        level = int(bool(state))
        lgpio.gpio_claim_output(self.factory._handle, self._number, level)  # noqa: SLF001 - its own factory
        self._first_level = level

    def close(self) -> None:
        """Become an input, held by the pull at the level that the pin had when it was claimed."""
        handle = self.factory._handle  # noqa: SLF001 - its own factory
        if handle is None or self._first_level is None:
            super().close()
            return
        pull = lgpio.SET_PULL_UP if self._first_level else lgpio.SET_PULL_DOWN
        lgpio.gpio_claim_input(handle, self._number, pull)


def claimed_pin_factory() -> LGPIOFactory:
    """The Pi's own pins; raises what lgpio raises where there are none."""
    factory = LGPIOFactory()
    factory.pin_class = ClaimedPin
    return factory
