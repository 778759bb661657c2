"""Pins in memory whose outputs are watched and whose inputs can lose their edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gpiozero.pins.mock import MockFactory

from edge.devices.simulated import PI_4, WiredPin


class WatchedPins(MockFactory):  # type: ignore[misc] # gpiozero ships no types
    """A pin factory. `moved` hears of every output that changes: the pin's number and whether it is high.

    While `edges_lost`, an input that changes makes no edge: only reading finds it.
    """

    def __init__(self, moved: Callable[[int, bool], None]) -> None:
        super().__init__(revision=PI_4, pin_class=_WatchedPin)
        self.moved = moved
        self.edges_lost = False

    def pin(self, name: Any, pin_class: Any = None, **options: Any) -> Any:
        """The pin of this number."""
        pin = super().pin(name, pin_class, **options)
        pin.line = name
        return pin


class _WatchedPin(WiredPin):
    """It keeps no history, as gpiozero's does: a world lasts for months."""

    line = -1
    _state: bool

    def _change_state(self, value: bool) -> bool:
        if self._state == value:
            return False
        self._state = value
        if self._function == "output":
            self.factory.moved(self.line, value)
            return True
        return not self.factory.edges_lost
