"""gpiozero's pins on the kernel's lines: `GpiodFactory` and its `GpiodPin`.

An output is requested with its first level in one step, so there is no moment at which it has another. A
line is only released, never set to float: its level is then what the kernel's driver gives a line that nobody
holds (docs/wiring.md). A line changes its direction, its pull
or its edges while it stays requested.

Levels are electrical here: which one is active is said once, in the board file, and asked in
`edge.devices.pins`. An output keeps the pull that its chip came up with (`Bias.AS_IS`), which is the one that
docs/wiring.md and the board's check count on. The kernel debounces only where a `bounce` is asked for: the
lane settles and counts edges itself.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

import gpiod
from gpiod.line import Bias, Direction, Edge, Value
from gpiozero.exc import (
    GPIOPinInUse,
    PinFixedPull,
    PinInvalidBounce,
    PinInvalidEdges,
    PinInvalidFunction,
    PinInvalidPull,
    PinSetInput,
)
from gpiozero.pins.pi import PiFactory, PiPin

from edge.devices.gpio.edges import EdgeReader
from edge.devices.gpio.header import CONSUMER, PinHeader

EVENTS_KEPT = 256
"""Edges that the kernel buffers for a line until they are read: enough for a contact that chatters."""

_BIASES = {"up": Bias.PULL_UP, "down": Bias.PULL_DOWN, "floating": Bias.DISABLED}
_PULLS = {bias: pull for pull, bias in _BIASES.items()}
_EDGES = {"none": Edge.NONE, "rising": Edge.RISING, "falling": Edge.FALLING, "both": Edge.BOTH}
_EDGE_NAMES = {edge: name for name, edge in _EDGES.items()}


class GpiodFactory(PiFactory):  # type: ignore[misc] # gpiozero ships no types
    """Pins of `header` on the open `chip`, which the factory closes. No pin is touched before it is used."""

    def __init__(self, chip: gpiod.Chip, header: PinHeader) -> None:
        super().__init__()
        self.pin_class = GpiodPin
        self.edges = EdgeReader()
        self._chip = chip
        self._header = header

    @property
    def chip_name(self) -> str:
        """What `gate check` says of the chip."""
        info = self._chip.get_info()
        return f"{info.name} ({info.label})"

    def holder(self, line: int) -> str:
        """Who holds the line, as the kernel knows it; empty where nobody does."""
        info = self._chip.get_line_info(line)
        return (info.consumer or "the kernel") if info.used else ""

    def request(self, line: int, settings: gpiod.LineSettings) -> gpiod.LineRequest:
        """The line for this process alone, set up in one step. Raises GPIOPinInUse, OSError."""
        try:
            return self._chip.request_lines(
                {line: settings}, consumer=CONSUMER, event_buffer_size=EVENTS_KEPT
            )
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            raise GPIOPinInUse(f'held by "{self.holder(line)}"') from error

    def direction(self, line: int) -> Direction:
        """The line's direction, no matter who holds it."""
        return self._chip.get_line_info(line).direction

    def close(self) -> None:
        """Release every line, end the thread, close the chip; a second time does nothing."""
        super().close()
        self.edges.close()
        self._chip.close()

    @staticmethod
    def ticks() -> float:
        """The clock of the edges: the kernel's monotonic one, in seconds."""
        return monotonic()

    @staticmethod
    def ticks_diff(later: float, earlier: float) -> float:
        return later - earlier

    def _get_revision(self) -> int:
        return self._header.revision


class GpiodPin(PiPin):  # type: ignore[misc] # gpiozero ships no types
    """One line, which belongs to this process from its first use until `close`; then it can be used anew."""

    def __init__(self, factory: GpiodFactory, info: Any) -> None:
        super().__init__(factory, info)
        self._request: gpiod.LineRequest | None = None
        self._direction = Direction.AS_IS
        self._bias = Bias.AS_IS
        self._bounce = timedelta()
        self._edges = Edge.BOTH
        self._watched = False

    def output_with_state(self, state: bool) -> None:
        """Make the line an output that has this level from its first moment on."""
        self.when_changed = None
        self._set_up(Direction.OUTPUT, Value.ACTIVE if state else Value.INACTIVE)

    def input_with_pull(self, pull: str) -> None:
        """Make the line an input with this pull, in one step."""
        self.when_changed = None
        self._bias = self._bias_of(pull)
        self._set_up(Direction.INPUT)

    def close(self) -> None:
        """Release the line as it was last driven."""
        request, self._request = self._request, None
        if request is not None:
            self.factory.edges.forget(request)
            request.release()
        self.when_changed = None
        self._direction, self._bias, self._bounce = Direction.AS_IS, Bias.AS_IS, timedelta()

    def _set_up(self, direction: Direction, value: Value = Value.INACTIVE) -> None:
        settings = gpiod.LineSettings(direction=direction)
        if direction is Direction.OUTPUT:
            settings.output_value = value
        elif direction is Direction.INPUT:
            settings.bias = self._bias
            settings.edge_detection = self._edges if self._watched else Edge.NONE
            settings.debounce_period = self._bounce if self._watched else timedelta()
        if self._request is None:
            self._request = self.factory.request(self._number, settings)
        else:
            self._request.reconfigure_lines({self._number: settings})
        self._direction = direction

    def _claimed(self) -> gpiod.LineRequest:
        """The line's request; one that was not used yet is claimed as it is."""
        if self._request is None:
            self._set_up(Direction.AS_IS)
        assert self._request is not None  # noqa: S101 - said for the type checker
        return self._request

    def _get_function(self) -> str:
        direction = self._direction
        if direction is Direction.AS_IS:
            direction = self.factory.direction(self._number)
        return "output" if direction is Direction.OUTPUT else "input"

    def _set_function(self, value: str) -> None:
        if value == "input":
            self.when_changed = None
            self._set_up(Direction.INPUT)
        elif value == "output":
            self.output_with_state(self._get_state())
        else:
            raise PinInvalidFunction(f'"{value}" is not a function of {self!r}: input or output')

    def _get_state(self) -> bool:
        return bool(self._claimed().get_value(self._number))

    def _set_state(self, value: bool) -> None:
        if self.function != "output":
            raise PinSetInput(f"{self!r} is an input and cannot be driven")
        self._claimed().set_value(self._number, Value.ACTIVE if value else Value.INACTIVE)

    def _get_pull(self) -> str:
        return _PULLS.get(self._bias, self.info.pull or "floating")

    def _set_pull(self, value: str) -> None:
        if self.function != "input":
            raise PinFixedPull(f"{self!r} is an output and has no pull of its own")
        self._bias = self._bias_of(value)
        self._set_up(Direction.INPUT)

    def _bias_of(self, pull: str) -> Bias:
        if pull not in _BIASES:
            raise PinInvalidPull(f'"{pull}" is not a pull: up, down or floating')
        if self.info.pull not in {pull, ""}:
            raise PinFixedPull(f"{self!r} has a resistor of its own that pulls it {self.info.pull}")
        return _BIASES[pull]

    def _get_bounce(self) -> float | None:
        return self._bounce.total_seconds() or None

    def _set_bounce(self, value: float | None) -> None:
        if value is not None and value < 0:
            raise PinInvalidBounce(f"{value} s is not a bounce: 0 or more")
        self._bounce = timedelta(seconds=value or 0)
        self._renew()

    def _get_edges(self) -> str:
        return _EDGE_NAMES[self._edges]

    def _set_edges(self, value: str) -> None:
        if value not in _EDGES:
            raise PinInvalidEdges(f'"{value}" is not an edge: {", ".join(_EDGES)}')
        self._edges = _EDGES[value]
        self._renew()

    def _renew(self) -> None:
        """Reconfigure a line that is watched."""
        if self._watched:
            self._set_up(Direction.INPUT)

    def _enable_event_detect(self) -> None:
        self._watched = True
        self._set_up(Direction.INPUT)
        self.factory.edges.watch(self._claimed(), self._changed)

    def _disable_event_detect(self) -> None:
        self._watched = False
        if self._request is not None:
            self.factory.edges.forget(self._request)
            self._set_up(Direction.INPUT)

    def _changed(self, event: gpiod.EdgeEvent) -> None:
        rising = event.event_type is gpiod.EdgeEvent.Type.RISING_EDGE
        self._call_when_changed(event.timestamp_ns / 1e9, int(rising))

    def _call_when_changed(self, ticks: float, state: int) -> None:
        # The base class reads this twice; another thread may clear it in between.
        handler: Callable[[], Callable[[float, int], None] | None] | None = self._when_changed
        listener = handler() if handler is not None else None
        if listener is not None:
            listener(ticks, state)
