"""A header with wires on it: the stand-in for gpiod's C library, or chips that the kernel itself simulates.

What the pins do is asked of both. The kernel's gpio-sim is there where its module is (`make gpio-sim` insists
on it); its chip gets the label of the header's chip and is found by it, as on a Raspberry Pi.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import gpiod

from tests.edge.devices.c_library import Kernel

SIMULATOR = Path("/sys/kernel/config/gpio-sim")
LABEL = "pinctrl-bcm2711"


class Wires(Protocol):
    """What is outside of the header."""

    def put(self, line: int, level: int) -> None:
        """Pull a line to a level from outside."""
        ...

    def level(self, line: int) -> int:
        """The level that a meter reads on a line."""
        ...

    def hold(self, line: int, consumer: str) -> None:
        """Let another program have a line."""
        ...


class StandIn:
    """Levels in memory. A line that is not driven has the level that was put on it last."""

    def __init__(self) -> None:
        self.kernel: Kernel
        self.calls: list[tuple[str, int, int]] = []
        self._driven: dict[int, int] = {}
        self._wires: dict[int, int] = {}

    def asked(self, what: str, line: int, level: int) -> None:
        self.calls.append((what, line, level))
        if what == "free":
            del self._driven[line]
        else:
            self._driven[line] = level

    def level(self, line: int) -> int:
        return self._driven.get(line, self._wires.get(line, 0))

    def put(self, line: int, level: int) -> None:
        before, self._wires[line] = self.level(line), level
        if self.level(line) != before:
            self.kernel.changed(line, level)

    def hold(self, line: int, consumer: str) -> None:
        self.kernel.hold(line, consumer)


class Simulated:
    """A chip of the kernel's gpio-sim."""

    def __init__(self, lines: Path, device: Path) -> None:
        self._lines = lines
        self._device = device
        self._held: list[gpiod.LineRequest] = []

    def put(self, line: int, level: int) -> None:
        (self._lines / f"sim_gpio{line}" / "pull").write_text("pull-up" if level else "pull-down")

    def level(self, line: int) -> int:
        return int((self._lines / f"sim_gpio{line}" / "value").read_text())

    def hold(self, line: int, consumer: str) -> None:
        self._held.append(gpiod.request_lines(str(self._device), {line: None}, consumer))

    def release(self) -> None:
        for request in self._held:
            request.release()


@contextmanager
def simulated(name: str) -> Iterator[Simulated]:
    """A chip of 58 lines with the label of a Pi 4's header."""
    folder = SIMULATOR / name
    bank = folder / "bank0"
    bank.mkdir(parents=True)
    try:
        (bank / "num_lines").write_text("58")
        (bank / "label").write_text(LABEL)
        (folder / "live").write_text("1")
        chip = (bank / "chip_name").read_text().strip()
        device = (folder / "dev_name").read_text().strip()
        wires = Simulated(Path(f"/sys/devices/platform/{device}/{chip}"), Path("/dev") / chip)
        yield wires
        wires.release()
    finally:
        (folder / "live").write_text("0")
        bank.rmdir()
        folder.rmdir()
