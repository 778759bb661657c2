"""gpiozero's pins on the kernel's lines: what the header does when they are asked for something."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

import pytest
from gpiozero import LED, Button, OutputDevice
from gpiozero.exc import (
    GPIOPinInUse,
    PinFixedPull,
    PinInvalidBounce,
    PinInvalidEdges,
    PinInvalidFunction,
    PinInvalidPull,
    PinSetInput,
)

from edge.devices.pins import PinFactory
from tests.edge.devices.gpio.header import Wires
from tests.waiting import PATIENT

OUT, IN = 17, 5
SOON = PATIENT
"""Seconds: longer than any edge takes on a busy machine."""


class Heard:
    """What gpiozero calls at an edge; it keeps only a weak reference."""

    def __init__(self) -> None:
        self.said: SimpleQueue[tuple[str, bool]] = SimpleQueue()
        self.fault: Exception | None = None

    def changed(self, _ticks: float, state: int) -> None:
        self.said.put((threading.current_thread().name, bool(state)))
        if self.fault is not None:
            raise self.fault

    def next(self) -> bool:
        return self.said.get(timeout=SOON)[1]


def watched(pins: PinFactory, line: int = IN, pull: str = "up") -> tuple[object, Heard]:
    pin, heard = pins.pin(line), Heard()
    pin.input_with_pull(pull)
    pin.edges = "both"
    pin.when_changed = heard.changed
    return pin, heard


@pytest.mark.parametrize("level", [False, True])
@pytest.mark.parametrize("before", [0, 1])
def test_an_output_has_its_first_level_from_its_first_moment_on(
    wires: Wires, pins: PinFactory, before: int, level: bool
) -> None:
    wires.put(OUT, before)
    pin = pins.pin(OUT)
    pin.output_with_state(level)
    assert (pin.function, pin.state, wires.level(OUT)) == ("output", level, level)
    calls = getattr(wires, "calls", [("claim", OUT, level)])
    assert calls == [("claim", OUT, level)], "in one step, not in two"


def test_an_output_follows_what_it_is_told(wires: Wires, pins: PinFactory) -> None:
    pin = pins.pin(OUT)
    pin.output_with_state(False)
    for level in (True, False, True, True):
        pin.state = level
        assert (wires.level(OUT), pin.state) == (level, level)


@pytest.mark.parametrize("level", [0, 1])
def test_an_output_that_is_asked_for_without_a_level_keeps_the_one_it_has(
    wires: Wires, pins: PinFactory, level: int
) -> None:
    wires.put(OUT, level)
    pins.pin(OUT).function = "output"
    assert wires.level(OUT) == level


def test_an_input_reads_what_is_wired(wires: Wires, pins: PinFactory) -> None:
    pin = pins.pin(IN)
    pin.input_with_pull("up")
    for level in (0, 1, 0):
        wires.put(IN, level)
        assert (pin.function, pin.pull, pin.state) == ("input", "up", bool(level))


def test_a_line_changes_its_direction_without_being_given_back(wires: Wires, pins: PinFactory) -> None:
    pin = pins.pin(OUT)
    pin.output_with_state(True)
    pin.function = "input"
    assert pin.function == "input"
    assert pins.holder(OUT) == "gatepost"
    pin.output_with_state(True)
    assert wires.level(OUT) == 1


def test_a_line_that_is_given_back_belongs_to_nobody_and_can_be_used_again(
    wires: Wires, pins: PinFactory
) -> None:
    pin = pins.pin(OUT)
    pin.output_with_state(True)
    assert pins.holder(OUT) == "gatepost"
    pin.close()
    assert not pins.holder(OUT)
    pin.output_with_state(False)
    assert wires.level(OUT) == 0
    pins.close()
    pins.close()


def test_a_line_that_another_program_holds_is_refused_with_its_name(wires: Wires, pins: PinFactory) -> None:
    wires.hold(OUT, "spi0 CS0")
    with pytest.raises(GPIOPinInUse, match="spi0 CS0"):
        pins.pin(OUT).output_with_state(False)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (lambda pin: setattr(pin, "state", True), PinSetInput),
        (lambda pin: pin.input_with_pull("sideways"), PinInvalidPull),
        (lambda pin: setattr(pin, "function", "alt0"), PinInvalidFunction),
        (lambda pin: setattr(pin, "edges", "all"), PinInvalidEdges),
        (lambda pin: setattr(pin, "bounce", -1.0), PinInvalidBounce),
    ],
)
def test_what_a_line_cannot_be_is_refused(
    pins: PinFactory, asked: Callable[[object], None], error: type[Exception]
) -> None:
    pin = pins.pin(IN)
    pin.input_with_pull("up")
    with pytest.raises(error):
        asked(pin)


def test_a_pull_against_a_resistor_on_the_board_is_refused(pins: PinFactory) -> None:
    with pytest.raises(PinFixedPull, match="pulls it up"):
        pins.pin(2).input_with_pull("down")


def test_every_edge_is_told_in_order_by_one_thread(wires: Wires, pins: PinFactory) -> None:
    wires.put(IN, 1)
    _pin, heard = watched(pins)
    for level in [False, True] * 20:
        wires.put(IN, int(level))
        assert heard.said.get(timeout=SOON) == ("gpio-edges", level)


def test_edges_of_one_kind_leave_out_the_other(wires: Wires, pins: PinFactory) -> None:
    wires.put(IN, 1)
    pin, heard = watched(pins)
    pin.edges = "falling"  # type: ignore[attr-defined] # gpiozero ships no types
    for _ in range(2):
        wires.put(IN, 0)
        assert heard.next() is False
        wires.put(IN, 1)
    assert heard.said.empty()


def test_a_listener_that_fails_leaves_the_other_lines_heard(wires: Wires, pins: PinFactory) -> None:
    wires.put(IN, 1)
    wires.put(IN + 1, 1)
    _bad, faulty = watched(pins)
    _good, heard = watched(pins, IN + 1)
    faulty.fault = RuntimeError("a bug")
    wires.put(IN, 0)
    assert faulty.next() is False
    wires.put(IN + 1, 0)
    assert heard.next() is False
    wires.put(IN, 1)
    assert faulty.next() is True


def test_a_line_nobody_listens_to_any_more_is_silent_and_heard_anew_when_asked(
    wires: Wires, pins: PinFactory
) -> None:
    wires.put(IN, 1)
    pin, heard = watched(pins)
    pin.when_changed = None  # type: ignore[attr-defined] # gpiozero ships no types
    wires.put(IN, 0)
    wires.put(IN, 1)
    _again, later = watched(pins)
    wires.put(IN, 0)
    assert later.next() is False
    assert heard.said.empty()


def test_the_thread_ends_with_the_factory_and_the_lines_with_it(wires: Wires, pins: PinFactory) -> None:
    _pin, heard = watched(pins)
    wires.put(IN, 1)
    wires.put(IN, 0)
    heard.next()
    threads = [thread for thread in threading.enumerate() if thread.name == "gpio-edges"]
    assert len(threads) == 1
    pins.close()
    assert not threads[0].is_alive()


def test_gpiozeros_own_devices_work_on_these_pins(wires: Wires, pins: PinFactory) -> None:
    wires.put(IN, 1)
    pressed = threading.Event()
    with LED(OUT, pin_factory=pins) as lamp, Button(IN, pin_factory=pins) as button:
        button.when_pressed = pressed.set
        lamp.on()
        assert wires.level(OUT) == 1
        wires.put(IN, 0)
        assert pressed.wait(SOON)
        assert button.is_pressed
    with OutputDevice(OUT, active_high=False, initial_value=False, pin_factory=pins):
        assert wires.level(OUT) == 1
