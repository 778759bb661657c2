"""The lane on a header: from the button's wire to the relay's, with the real driver and pins in between."""

from __future__ import annotations

from threading import Event

import pytest
from msgspec.structs import replace

from edge.boards.files import load_board
from edge.boards.format import InputName, LineLevel, OutputName
from edge.decision import Direction
from edge.devices.pins import PinFactory
from edge.lane.driver import LaneDriver
from tests.edge.devices.gpio.header import Wires

SHIPPED = load_board("raspberry-pi-4")
BUTTON = SHIPPED.inputs[InputName.OVERRIDE]
BOARD = replace(SHIPPED, inputs={InputName.OVERRIDE: BUTTON})
"""With the button alone: the kernel's simulated chip has no wire that is stronger than a line's own pull."""

RELAY = BOARD.outputs[OutputName.RELAY_OPEN].pin
SETTLED = 0.1
SOON = 10.0


class Bench:
    """A lane on wires where nothing happens, and its time."""

    def __init__(self, wires: Wires, pins: PinFactory) -> None:
        self.wires = wires
        self.now = 100.0
        self.lane = LaneDriver(BOARD, pins, lambda _: None, lambda: self.now)
        self.arrived = Event()
        self.lane.at_arrival(self.arrived.set)
        self.put(pressed=False)

    def put(self, *, pressed: bool) -> None:
        self.wires.put(BUTTON.pin, int(pressed is (BUTTON.active is LineLevel.HIGH)))

    def press(self) -> None:
        self.arrived.clear()
        self.put(pressed=True)
        assert self.arrived.wait(SOON)
        self.later(0.0)
        self.later(SETTLED)

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.lane.pump()

    @property
    def relay(self) -> int:
        return self.wires.level(RELAY)


@pytest.fixture
def bench(wires: Wires, pins: PinFactory) -> Bench:
    return Bench(wires, pins)


def test_a_grant_releases_the_relay_for_its_time_and_a_stop_leaves_it_at_rest(
    bench: Bench, pins: PinFactory
) -> None:
    bench.lane.open()
    assert bench.relay == 0
    bench.lane.grant("1", Direction.ENTRY)
    bench.later(0.0)
    assert bench.relay == 1
    bench.later(BOARD.barrier.open_time + 1.0)
    assert bench.relay == 0
    bench.lane.grant("2", Direction.ENTRY)
    bench.later(0.0)
    assert bench.relay == 1
    bench.lane.close()
    assert bench.relay == 0
    assert not pins.holder(RELAY), "given back"


def test_an_edge_of_the_button_reaches_the_relay_without_the_lines_being_read(bench: Bench) -> None:
    bench.lane.open()
    bench.press()
    assert bench.relay == 1
    bench.lane.close()
