"""In place of gpiod's C library: the chips of a computer, and what is asked of their lines.

It refuses what the kernel refuses: a line that is held, one that the chip does not have, a write to an input,
edges of an output. `stand_in` puts it under gpiod's own Python, which runs as it is.
"""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import gpiod
from gpiod.line import Value

from edge.devices.gpio import chips

PI_4 = {"gpiochip0": ("raspberrypi-exp-gpio", 8), "gpiochip4": ("pinctrl-bcm2711", 58)}
"""The chips by name: label and number of lines. The header's is not the first one."""


class Lines(Protocol):
    def asked(self, what: str, line: int, level: int) -> None:
        """An output was claimed at a level, written, or freed at the level it has."""
        ...

    def level(self, line: int) -> int:
        """The level of any line."""
        ...


@dataclass(frozen=True)
class Settings:
    """What one line is asked to be; the fields are those of the C library, in its order."""

    direction: int
    edge_detection: int
    bias: int
    drive: int
    active_low: bool
    debounce_period: int
    event_clock: int
    output_value: int

    @property
    def is_output(self) -> bool:
        return self.direction == gpiod.line.Direction.OUTPUT.value

    def refuse_impossible(self) -> None:
        is_input = self.direction == gpiod.line.Direction.INPUT.value
        wants_edges = self.edge_detection != gpiod.line.Edge.NONE.value or self.debounce_period
        wants_bias = self.bias != gpiod.line.Bias.AS_IS.value
        if (wants_edges and not is_input) or (wants_bias and not is_input and not self.is_output):
            raise OSError(errno.EINVAL, "Invalid argument")


class LineConfig:
    def __init__(self) -> None:
        self.lines: dict[int, Settings] = {}

    def add_line_settings(self, offsets: list[int], settings: Settings) -> None:
        self.lines.update(dict.fromkeys(offsets, settings))


@dataclass
class Kernel:
    """Who holds which line of the chip whose lines `lines` has."""

    lines: Lines
    holders: dict[int, str] = field(default_factory=dict)
    requests: dict[int, Request] = field(default_factory=dict)

    def hold(self, line: int, consumer: str) -> None:
        """Let another program have a line."""
        self.holders[line] = consumer

    def lose_power(self) -> None:
        """Start anew: nobody holds anything."""
        self.holders.clear()
        self.requests.clear()

    def changed(self, line: int, level: int) -> None:
        """Tell anyone who watches a line that it has a level now."""
        if line in self.requests:
            self.requests[line].changed(line, level)


class Request:
    """One open request: a set of lines, and a file descriptor that is readable while edges wait."""

    def __init__(self, kernel: Kernel, chip_name: str, config: LineConfig, consumer: str) -> None:
        self._kernel = kernel
        self._events: deque[gpiod.EdgeEvent] = deque()
        self.chip_name = chip_name
        self.settings: dict[int, Settings] = {}
        for line, settings in config.lines.items():
            if line in kernel.holders:
                raise OSError(errno.EBUSY, "Device or resource busy")
            settings.refuse_impossible()
        for line in config.lines:
            kernel.holders[line] = consumer
            kernel.requests[line] = self
        self._set_up(config)
        self.offsets = list(config.lines)
        self.num_lines = len(self.offsets)
        self.fd = os.eventfd(0, os.EFD_CLOEXEC)

    def _set_up(self, config: LineConfig) -> None:
        for line, settings in config.lines.items():
            settings.refuse_impossible()
            self.settings[line] = settings
            if settings.is_output:
                self._kernel.lines.asked("claim", line, settings.output_value ^ settings.active_low)

    def reconfigure_lines(self, config: LineConfig) -> None:
        self._set_up(config)

    def get_values(self, offsets: list[int], values: list[Value]) -> None:
        levels = [self._kernel.lines.level(line) ^ self.settings[line].active_low for line in offsets]
        values[:] = [Value(level) for level in levels]

    def set_values(self, values: Mapping[int, Value]) -> None:
        for line, value in values.items():
            if not self.settings[line].is_output:
                raise OSError(errno.EPERM, "Operation not permitted")
            self._kernel.lines.asked("write", line, value.value ^ self.settings[line].active_low)

    def changed(self, line: int, level: int) -> None:
        edges = gpiod.line.Edge(self.settings[line].edge_detection)
        wanted = {gpiod.line.Edge.BOTH, gpiod.line.Edge.RISING if level else gpiod.line.Edge.FALLING}
        if edges in wanted:
            kinds = gpiod.EdgeEvent.Type
            kind = kinds.RISING_EDGE if level else kinds.FALLING_EDGE
            self._events.append(gpiod.EdgeEvent(kind.value, 1_000_000_000, line, 1, 1))
            os.eventfd_write(self.fd, 1)

    def read_edge_events(self, _most: int | None) -> list[gpiod.EdgeEvent]:
        os.eventfd_read(self.fd)
        return [self._events.popleft() for _ in range(len(self._events))]

    def release(self) -> None:
        os.close(self.fd)
        for line, settings in self.settings.items():
            if self._kernel.requests.get(line) is not self:
                continue  # the power was cut since: nobody is there to be asked
            del self._kernel.holders[line], self._kernel.requests[line]
            if settings.is_output:
                self._kernel.lines.asked("free", line, self._kernel.lines.level(line))


def stand_in(
    lines: Lines,
    put: Callable[[Any, str, Any], None],
    devices: Path,
    computer: Mapping[str, tuple[str, int]] = PI_4,
) -> Kernel:
    """Replace the C library, by `put(where, name, what)`, by chips that have their files in `devices`."""
    kernel = Kernel(lines)
    for name in computer:
        (devices / name).touch()

    class Chip:
        def __init__(self, path: str) -> None:
            self.path = path
            self._name = Path(path).name
            if self._name not in computer:
                raise OSError(errno.ENODEV, "No such device")
            self._label, self._count = computer[self._name]

        def close(self) -> None:
            self._count = 0

        def get_info(self) -> gpiod.ChipInfo:
            return gpiod.ChipInfo(self._name, self._label, self._count)

        def get_line_name(self, offset: int) -> str:
            return f"GPIO{offset}"

        def get_line_info(self, offset: int, _watch: bool) -> gpiod.LineInfo:
            request = kernel.requests.get(offset)
            is_output = request is not None and request.settings[offset].is_output
            direction = gpiod.line.Direction.OUTPUT if is_output else gpiod.line.Direction.INPUT
            held = offset in kernel.holders
            return gpiod.LineInfo(
                offset, f"GPIO{offset}", held, kernel.holders.get(offset, ""), direction.value,
                False, 1, 1, 1, 1, False, 0,
            )  # fmt: skip

        def request_lines(self, config: LineConfig, consumer: str, _buffer: int | None) -> Request:
            if any(line >= self._count for line in config.lines):
                raise OSError(errno.EINVAL, "Invalid argument")
            return Request(kernel, self._name, config, consumer)

    put(gpiod._ext, "Chip", Chip)
    put(gpiod._ext, "LineConfig", LineConfig)
    put(gpiod._ext, "LineSettings", Settings)
    put(chips, "DEVICES", devices)
    return kernel
