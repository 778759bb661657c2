"""What scanners and keypads read last, masked: enough to see that a cable works, too little to use."""

from __future__ import annotations

from typing import Final

from edge.ports import Clock
from edge.runtime.main_loop import Heard
from edge.runtime.typed_numbers import NumberRead
from edge.scanners.core import CodeScanned, PinTyped, ScannerReport
from edge.staff.protocol.installing import ScannerReading

_MOST: Final = 8
_SHOWN: Final = 2
"""Characters of a code that are shown: by which one sees that framing cut off none."""


class Readings:
    """The newest readings. The main loop's thread tells; `newest` is for any."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.newest: tuple[ScannerReading, ...] = ()

    def hear(self, heard: Heard) -> None:
        """Take up what a scanner or a keypad read, or that its state changed."""
        at = self._clock.wall().at
        match heard:
            case CodeScanned(scanner=name, text=text, length=length):
                masked = f"{text[:_SHOWN]}…" if len(text) > 2 * _SHOWN else "…"
                self._keep(ScannerReading(name, "code", masked, length, at))
            case NumberRead(name=name) | PinTyped(keypad=name):
                self._keep(ScannerReading(name, "number", "…", None, at))
            case ScannerReport(scanner=name, state=state):
                self._keep(ScannerReading(name, "state", state.value, None, at))
            case _:
                pass

    def _keep(self, reading: ScannerReading) -> None:
        self.newest = (reading, *self.newest)[:_MOST]
