"""The lane on a relay board: the real driver, the header's pins in memory, chips as their data sheets say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from edge.boards.files import load_board
from edge.boards.format import OutputName
from edge.decision import Direction
from edge.devices.pins import Outputs
from edge.devices.relays.factory import RelayPins
from edge.devices.simulated import drive, release_all, simulated_pins
from edge.errors import DeviceError
from edge.lane.driver import LaneDriver, LaneReport
from tests.edge.devices.relays.chips import RelayRegisters, Tca9534

EIGHT = load_board("sequent-8relay")
FOUR = load_board("sequent-4relay")
DOCKERPI = load_board("dockerpi-4relay")
RELAY_1 = 0x01


class Bench:
    """A lane whose relays are on a TCA9534, and its time."""

    def __init__(self) -> None:
        self.chip = Tca9534()
        self.now = 100.0
        self.reports: list[LaneReport] = []
        assert EIGHT.relay_board is not None
        self.pins = RelayPins(simulated_pins(), EIGHT.relay_board, lambda _: self.chip)
        self.lane = LaneDriver(EIGHT, self.pins, self.reports.append, lambda: self.now)
        release_all(EIGHT, self.pins)

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.lane.pump()

    @property
    def faults(self) -> list[str]:
        return [str(report.said) for report in self.reports if "LaneFault" in str(report.said)]


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.lane.open()
    return bench


def test_no_relay_clicks_when_the_gate_starts_whatever_the_latches_held(bench: Bench) -> None:
    assert not any(levels & RELAY_1 for levels in bench.chip.energised)
    assert bench.chip.energised[0] == 0, "not even a lamp"
    assert bench.chip.registers[3] == 0x00, "every bit an output"


def test_a_grant_switches_the_relay_for_its_time_and_the_lamps_beside_it(bench: Bench) -> None:
    bench.lane.grant("1", Direction.ENTRY)
    bench.later(0.0)
    assert bench.chip.levels & RELAY_1
    bench.later(EIGHT.barrier.open_time + 1.0)
    assert not bench.chip.levels & RELAY_1
    assert not bench.faults


def test_the_buttons_are_on_the_header(bench: Bench) -> None:
    (override,) = (name for name in EIGHT.inputs if name == "override")
    drive(EIGHT, bench.pins, override, active=True)
    bench.later(0.0)
    bench.later(0.1)
    assert bench.chip.levels & RELAY_1


def test_a_board_that_lost_its_power_is_told_again_within_a_second_and_it_is_said(bench: Bench) -> None:
    bench.lane.grant("1", Direction.ENTRY)
    bench.later(0.0)
    bench.chip.power_on()
    assert not bench.chip.levels
    bench.later(1.0)
    assert bench.chip.levels & RELAY_1
    assert len(bench.faults) == 1


def test_a_board_that_is_gone_is_reported_once_and_the_lane_goes_on(bench: Bench) -> None:
    bench.chip.gone = True
    for _ in range(30):
        bench.later(1.0)
    assert len(bench.faults) == 1
    assert "i2cdetect" in bench.faults[0]
    bench.chip.gone = False
    bench.later(10.0)
    bench.lane.grant("2", Direction.ENTRY)
    bench.later(0.0)
    assert bench.chip.levels & RELAY_1


def test_an_orderly_stop_leaves_every_relay_off(bench: Bench) -> None:
    bench.lane.grant("1", Direction.ENTRY)
    bench.later(0.0)
    bench.lane.close()
    assert bench.chip.levels == 0


def test_a_relay_that_a_dead_process_left_on_is_off_after_lane_rest() -> None:
    """What systemd runs after every end of the gate: `gatepost lane rest` claims and releases."""
    chip = Tca9534()
    chip.registers[1:4:2] = [RELAY_1, 0x00]
    assert chip.levels == RELAY_1, "as a process left it that was killed"
    assert EIGHT.relay_board is not None
    with closing(RelayPins(simulated_pins(), EIGHT.relay_board, lambda _: chip)) as pins:
        outputs = Outputs(EIGHT, pins)
        outputs.claim()
        outputs.release()
    assert chip.levels == 0
    assert chip.closed


def test_the_card_of_four_leaves_its_inputs_alone() -> None:
    chip = Tca9534()
    assert FOUR.relay_board is not None
    outputs = Outputs(FOUR, RelayPins(simulated_pins(), FOUR.relay_board, lambda _: chip))
    outputs.claim()
    outputs.set(OutputName.RELAY_OPEN, True)
    assert (chip.levels, chip.registers[3]) == (0x80, 0x0F)


def test_the_dockerpi_has_a_register_for_each_relay() -> None:
    chip = RelayRegisters()
    assert DOCKERPI.relay_board is not None
    outputs = Outputs(DOCKERPI, RelayPins(simulated_pins(), DOCKERPI.relay_board, lambda _: chip))
    outputs.claim()
    outputs.set(OutputName.RELAY_OPEN, True)
    assert chip.registers == {1: 0xFF, 2: 0, 3: 0, 4: 0}
    chip.registers[1] = 0
    outputs.keep()
    assert chip.registers[1] == 0xFF
    outputs.release()
    assert set(chip.registers.values()) == {0}


def _no_bus(_number: int) -> Tca9534:
    raise FileNotFoundError(2, "No such file or directory")


@pytest.mark.parametrize("bus", [_no_bus, lambda _: Tca9534(0x20)], ids=["no bus", "another address"])
def test_a_board_that_does_not_answer_is_an_error_with_what_to_do(bus: Callable[[int], Tca9534]) -> None:
    assert EIGHT.relay_board is not None
    pins = RelayPins(simulated_pins(), EIGHT.relay_board, bus)
    with pytest.raises(DeviceError, match="failed") as caught:
        pins.probe()
    assert caught.value.where == "/dev/i2c-1, address 0x27"
    assert "i2cdetect" in caught.value.remedy
