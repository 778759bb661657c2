"""The lane on its pins: edges that get lost or come in floods, lines that fail, a machine that stumbles."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import pytest

from edge.boards.files import load_board
from edge.boards.format import InputName, OutputName
from edge.decision import Direction
from edge.devices.simulated import drive, is_active, release_all, simulated_pins
from edge.errors import DeviceError
from edge.journal.format import LaneEvent, LaneFault, LaneRepeated
from edge.lane.driver import MOST_AT_ONCE, LaneDriver, LaneReport, Moved
from edge.lane.machine import Lock, OnShift, Phase, Record
from edge.lane.task import LaneTask
from tests.waiting import soon


class Bench:
    def __init__(self, board: str = "simulated") -> None:
        self.board, self.pins = load_board(board), simulated_pins()
        self.now = 1000.0
        self.said: list[LaneReport] = []
        release_all(self.board, self.pins)
        self.driver = LaneDriver(self.board, self.pins, self.said.append, lambda: self.now)

    def wait(self, seconds: float) -> None:
        ends = self.now + seconds
        while self.now < ends:
            self.now = min(ends, max(self.now + 0.0005, self.driver.pump()))
        self.driver.pump()

    def put(self, line: InputName, active: bool) -> None:
        drive(self.board, self.pins, line, active=active)

    def put_without_an_edge(self, line: InputName, active: bool) -> None:
        pin = self.pins.pin(self.board.inputs[line].pin)
        heard, pin.when_changed = pin.when_changed, None
        self.put(line, active)
        pin.when_changed = heard

    def events(self) -> list[str]:
        return [report.said.event.kind for report in self.said if isinstance(report.said, Record)]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    made.driver.open()
    yield made
    made.driver.close()


def test_who_asks_what_moved_since_misses_nothing_of_a_long_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lane keeps so many movements and no more; what was asked for before is counted all the same."""
    monkeypatch.setattr("edge.lane.driver.TIMELINE_LENGTH", 4)
    bench = Bench()
    seen: list[Moved] = []
    bench.driver.open()
    for _ in range(3):
        bench.driver.grant("anna", Direction.ENTRY)
        for _ in range(600):
            before = bench.driver.movements
            bench.wait(0.1)
            seen += bench.driver.moved_since(before)
    bench.driver.close()
    opened = [move for move in seen if move.output is OutputName.RELAY_OPEN and move.active]
    assert len(opened) == 3
    assert len(seen) > 4 == len(bench.driver.timeline)
    assert bench.driver.moved_since(0) == bench.driver.timeline


@pytest.mark.parametrize("line", [InputName.OVERRIDE, InputName.EXIT_REQUEST, InputName.DURESS])
def test_whatever_lasts_longer_than_400_ms_is_processed_even_where_its_edge_got_lost(
    bench: Bench, line: InputName
) -> None:
    bench.wait(1.0)
    bench.put_without_an_edge(line, True)
    bench.wait(0.4)
    bench.put_without_an_edge(line, False)
    bench.wait(0.2)
    assert OutputName.RELAY_OPEN in bench.driver.state.driven


def test_the_same_holds_for_the_longest_debounce_that_a_board_may_ask_for() -> None:
    from msgspec.structs import replace

    from edge.boards.format.wiring import MOST_DEBOUNCE

    bench = Bench()
    slow = replace(bench.board.inputs[InputName.OVERRIDE], debounce=MOST_DEBOUNCE)
    bench.board = replace(bench.board, inputs=bench.board.inputs | {InputName.OVERRIDE: slow})
    bench.driver = LaneDriver(bench.board, bench.pins, bench.said.append, lambda: bench.now)
    bench.driver.open()
    bench.wait(1.03)  # so that the line has just been read
    bench.put_without_an_edge(InputName.OVERRIDE, True)
    bench.wait(0.4)
    bench.put_without_an_edge(InputName.OVERRIDE, False)
    bench.wait(0.5)
    assert LaneEvent.OVERRIDE in bench.events()
    bench.driver.close()


def test_a_line_that_picks_up_a_radio_neither_opens_nor_keeps_the_barrier_from_closing(bench: Bench) -> None:
    bench.driver.grant("1", Direction.ENTRY)
    bench.wait(4.0)
    for _ in range(3 * MOST_AT_ONCE):
        bench.put(InputName.OVERRIDE, True)
        bench.now += 0.0002
        bench.put(InputName.OVERRIDE, False)
        bench.now += 0.0002
        if bench.now > 1006.5:
            bench.driver.pump()
    bench.wait(2.0)
    assert LaneEvent.OVERRIDE not in bench.events()
    assert bench.driver.state.phase is Phase.CLOSED


def test_a_contact_that_chatters_cannot_fill_the_journal(bench: Bench) -> None:
    for _ in range(1500):  # ten minutes of it
        bench.put(InputName.TAMPER, True)
        bench.wait(0.2)
        bench.put(InputName.TAMPER, False)
        bench.wait(0.2)
    bench.wait(130.0)
    records = [report.said.event for report in bench.said if isinstance(report.said, Record)]
    singly = [event for event in records if event.kind is LaneEvent.TAMPER]
    folded = [event for event in records if isinstance(event, LaneRepeated)]
    assert len(singly) + len(folded) < 2 * 80
    tampers = [event.times for event in folded if event.of is LaneEvent.TAMPER]
    assert len(singly) + sum(tampers) == 1500, "none is lost"


def test_a_line_that_fails_is_said_once_and_the_others_go_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp = bench.pins.pin(bench.board.outputs[OutputName.LAMP_GREEN].pin)

    def broken(_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(lamp, "_set_state", broken)
    for _ in range(3):
        bench.driver.grant("1", Direction.ENTRY)
        bench.wait(0.5)
        assert is_active(bench.board, bench.pins, OutputName.RELAY_OPEN)
        bench.wait(20.0)
    faults = [
        report.said.event
        for report in bench.said
        if isinstance(report.said, Record) and isinstance(report.said.event, LaneFault)
    ]
    assert len(faults) == 1
    assert "lamp_green" in str(faults[0])
    monkeypatch.undo()


def test_a_sensor_that_cannot_be_read_is_taken_for_interrupted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.driver.grant("1", Direction.ENTRY)
    bench.wait(2.0)

    def broken(_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(bench.pins.pin(bench.board.inputs[InputName.OBSTACLE].pin), "_get_state", broken)
    bench.wait(60.0)
    assert OutputName.RELAY_OPEN in bench.driver.state.driven, "it does not close on what nobody can see"
    assert bench.driver.state.phase is Phase.HELD_TOO_LONG
    assert bench.events().count("lane_fault") == 1
    bench.put(InputName.OVERRIDE, True)
    bench.wait(0.3)
    assert "lane_override" in bench.events(), "the other lines are read all the same"
    monkeypatch.undo()
    bench.wait(10.0)
    assert OutputName.RELAY_OPEN in bench.driver.state.driven, "the button is held"
    bench.put(InputName.OVERRIDE, False)
    bench.wait(400.0)
    assert bench.events()[-1] == LaneEvent.CLOSED


def test_a_lane_that_stumbled_goes_on_locked_down_and_says_who_was_let_through(bench: Bench) -> None:
    bench.driver.submit(Lock("operations"))
    bench.driver.submit(OnShift("li-na"))
    bench.put(InputName.EXIT_REQUEST, True)
    bench.wait(0.3)
    bench.put(InputName.EXIT_REQUEST, False)
    bench.wait(0.1)
    bench.driver.recover(ValueError("a bug"))
    assert not is_active(bench.board, bench.pins, OutputName.RELAY_OPEN)
    assert bench.driver.state.lockdown
    assert bench.driver.state.shift == "li-na"
    fault = next(report.said for report in bench.said if "restarted" in str(report.said))
    assert "a bug" in str(fault)
    assert "not seen to pass: 1" in str(fault)


def test_a_lane_outlives_a_bug_in_its_stepping_and_the_button_still_opens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    from edge.lane.machine import step

    board, pins = load_board("simulated"), simulated_pins()
    release_all(board, pins)
    failures = [1]

    def stumbling(*words: object) -> object:
        if failures:
            failures.pop()
            raise ValueError("a bug")
        return step(*words)  # type: ignore[arg-type]

    driver = LaneDriver(board, pins, lambda _: None, monotonic)
    task = LaneTask(driver)
    monkeypatch.setattr("edge.lane.driver.step", stumbling)
    task.start()
    try:
        drive(board, pins, InputName.OVERRIDE, active=True)
        soon(lambda: is_active(board, pins, OutputName.RELAY_OPEN))
        assert not failures
    finally:
        task.stop()
    assert not is_active(board, pins, OutputName.RELAY_OPEN)


def test_a_board_whose_pin_is_taken_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    pin = bench.pins.pin(17)

    def taken(_: object) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(pin, "output_with_state", taken)
    with pytest.raises(DeviceError, match="another program") as caught:
        bench.driver.open()
    assert caught.value.where == "outputs.relay_open"
