"""The staff's button and a grant, on simulated pins and simulated time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from edge.boards.files import load_board
from edge.boards.format import Board, InputName, OutputName
from edge.decision import ClockTrust, Direction, Outcome, WallTime
from edge.devices.simulated import drive, release_all, simulated_pins
from edge.journal.format import following, told
from edge.lane.driver import LaneDriver, LaneReport
from edge.lane.machine import Lock, Record
from edge.staff.views.core.log_lines import line_of
from tests.examples import alike


class Lane:
    """A driver over simulated pins, with a clock that is moved by hand."""

    def __init__(self) -> None:
        self.board: Board = load_board("simulated")
        self.pins = simulated_pins()
        self.now = 1000.0
        self.said: list[LaneReport] = []
        release_all(self.board, self.pins)
        self.driver = LaneDriver(self.board, self.pins, self.said.append, lambda: self.now)
        self.driver.open()

    def wait(self, seconds: float) -> None:
        ends = self.now + seconds
        while self.now < ends:
            self.now = min(ends, max(self.now + 0.001, self.driver.pump()))
        self.driver.pump()

    def press(self, active: bool, button: InputName = InputName.OVERRIDE) -> None:
        drive(self.board, self.pins, button, active=active)

    def shown(self) -> list[tuple[float, str, object]]:
        """What is shown at the gate of what happened, and when."""
        records = [(said.at, said.said.event) for said in self.said if isinstance(said.said, Record)]
        wall = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)
        shown: list[tuple[float, str, object]] = []
        for at, event in records:
            entry = following(None, told(event), epoch=b"e" * 16, gate="main", wall=wall, monotonic=at)
            line = line_of(entry)
            if line is not None:
                shown.append((round(at, 3), line.kind, dict(line.said)))
        return shown

    @property
    def is_open(self) -> bool:
        return OutputName.RELAY_OPEN in self.driver.state.driven

    def records(self, event: str) -> int:
        return sum(isinstance(item.said, Record) and item.said.event.kind == event for item in self.said)


def pressed_often(buttons: list[InputName], every: float) -> Lane:
    """A lane whose buttons are pressed one after another; then nobody presses for two minutes."""
    lane = Lane()
    for button in buttons:
        lane.press(True, button)
        lane.wait(0.2)
        lane.press(False, button)
        lane.wait(every)
    lane.wait(150.0)
    lane.driver.close()
    return lane


@pytest.mark.parametrize("every", alike([7.0, 0.5, 20.0]))
def test_however_often_it_is_pressed_the_duress_button_looks_like_the_usual_one(every: float) -> None:
    draw = random.Random(19)
    usual, silent = InputName.OVERRIDE, InputName.DURESS
    for count in (5, 6, 7, 13):
        mixed = [draw.choice([usual, silent]) for _ in range(count)]
        wanted = pressed_often([usual] * count, every)
        for buttons in ([silent] * count, mixed):
            made = pressed_often(buttons, every)
            assert made.shown() == wanted.shown()
            assert made.driver.timeline == wanted.driver.timeline
            assert made.records("lane_duress") == buttons.count(silent), "the centre hears of each at once"


@pytest.fixture
def lane() -> Iterator[Lane]:
    made = Lane()
    yield made
    made.driver.close()


def test_fifty_edges_of_bounce_in_twenty_milliseconds_are_one_press(lane: Lane) -> None:
    for edge in range(50):
        lane.press(edge % 2 == 0)
        lane.now += 0.0004
    lane.press(True)
    lane.wait(0.3)
    lane.press(False)
    lane.wait(1.0)
    assert lane.is_open
    assert lane.records("lane_override") == 1


def test_a_spike_on_a_long_wire_is_no_press(lane: Lane) -> None:
    lane.press(True)
    lane.now += 0.002
    lane.press(False)
    lane.wait(1.0)
    assert not lane.is_open
    assert lane.records("lane_override") == 0


def test_a_press_of_half_a_second_always_counts(lane: Lane) -> None:
    lane.press(True)
    lane.wait(0.5)
    assert lane.is_open


def test_a_grant_opens_for_its_time_and_shuts_again(lane: Lane) -> None:
    lane.driver.grant("7", Direction.ENTRY)
    lane.wait(0.1)
    assert lane.is_open
    lane.wait(60.0)
    assert not lane.is_open
    assert lane.records("lane_opened") == 1


def test_a_refusal_opens_nothing(lane: Lane) -> None:
    lane.driver.refuse(Outcome.DENY, "face_unknown")
    lane.wait(5.0)
    assert lane.records("lane_opened") == 0
    assert not any(move.output is OutputName.RELAY_OPEN for move in lane.driver.timeline)


def test_the_button_opens_a_lane_that_is_locked_down(lane: Lane) -> None:
    lane.driver.submit(Lock("operations"))
    lane.driver.grant("7", Direction.ENTRY)
    lane.wait(0.2)
    assert not lane.is_open
    lane.press(True)
    lane.wait(0.2)
    assert lane.is_open
