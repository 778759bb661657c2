"""What only a kernel can show: lines of processes that die or meet. Only `make gpio-sim` runs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from gpiozero.exc import GPIOPinInUse

from edge.boards.format import Computer
from edge.devices.pins import PinFactory, gpio_pins
from tests.conftest import REPOSITORY
from tests.edge.devices.gpio.header import Wires
from tests.edge.devices.gpio.test_factory import watched

RELAY, BUTTON = 17, 5

HOLDER = """
import sys
from edge.boards.format.board import Computer
from edge.devices.pins import gpio_pins
pins = gpio_pins(Computer.PI_4)
pins.pin(int(sys.argv[1])).output_with_state(True)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(line: int) -> Iterator[subprocess.Popen[str]]:
    """Another process that drives a line high."""
    command = [sys.executable, "-c", HOLDER, str(line)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_line_of_a_killed_process_goes_to_what_is_wired(wires: Wires) -> None:
    wires.put(RELAY, 0)
    with holder(RELAY) as process:
        assert wires.level(RELAY) == 1
        process.kill()
        process.wait()
        assert wires.level(RELAY) == 0
        with closing(gpio_pins(Computer.PI_4)) as pins:
            assert not pins.holder(RELAY)


def test_a_line_that_another_gate_holds_is_refused_by_its_name(wires: Wires, pins: PinFactory) -> None:
    with holder(RELAY), pytest.raises(GPIOPinInUse, match='held by "gatepost"'):
        pins.pin(RELAY).output_with_state(False)
    assert wires.level(RELAY) == 0


def test_a_bounce_that_is_asked_for_is_swallowed_by_the_kernel(wires: Wires, pins: PinFactory) -> None:
    wires.put(BUTTON, 1)
    pin, heard = watched(pins, BUTTON)
    pin.bounce = 1.0  # type: ignore[attr-defined] # gpiozero ships no types
    for level in (0, 1, 0, 1, 0):
        wires.put(BUTTON, level)
    assert heard.next() is False
    assert heard.said.empty(), "one edge of five"
