"""Both gates of a mantrap on their pins, tied together by two wires: drivers, debounce and all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest

from edge.boards.files import load_board
from edge.boards.format import InputName, OutputName
from edge.decision import Direction
from edge.devices.simulated import drive, is_active, release_all, simulated_pins
from edge.journal.format import LaneEvent
from edge.lane.driver import LaneDriver, LaneReport
from edge.lane.machine import Record

STEP = 0.005


class Door:
    """One gate; who is let through opens its door for a while."""

    def __init__(self, name: str, monotonic: Callable[[], float]) -> None:
        self.board, self.pins = load_board(name), simulated_pins()
        self.said: list[LaneReport] = []
        release_all(self.board, self.pins)
        self.driver = LaneDriver(self.board, self.pins, self.said.append, monotonic)
        self.driver.open()

    @property
    def says_shut(self) -> bool:
        return is_active(self.board, self.pins, OutputName.INTERLOCK)

    @property
    def is_released(self) -> bool:
        return is_active(self.board, self.pins, OutputName.RELAY_OPEN)

    def put(self, line: InputName, active: bool) -> None:
        drive(self.board, self.pins, line, active=active)

    def opened(self) -> int:
        records = [report.said for report in self.said if isinstance(report.said, Record)]
        return sum(record.event.kind is LaneEvent.OPENED for record in records)


class Mantrap:
    def __init__(self) -> None:
        self.now = 100.0
        self.doors = [Door(name, lambda: self.now) for name in ("mantrap-first", "mantrap-second")]
        self.cut = False
        self.both_open = False

    def wait(self, seconds: float) -> None:
        ends = self.now + seconds
        while self.now < ends:
            self.now += STEP
            for door, other in zip(self.doors, reversed(self.doors), strict=True):
                door.put(InputName.INTERLOCK, other.says_shut and not self.cut)
                door.driver.pump()
            self.both_open = self.both_open or all(door.is_released for door in self.doors)


@pytest.fixture
def mantrap() -> Iterator[Mantrap]:
    made = Mantrap()
    made.wait(1.0)
    yield made
    for door in made.doors:
        door.driver.close()


def test_both_ask_in_the_same_moment_and_one_after_the_other_opens(mantrap: Mantrap) -> None:
    for door in mantrap.doors:
        door.driver.grant("1", Direction.ENTRY)
    mantrap.wait(3.0)
    assert [door.opened() for door in mantrap.doors] == [1, 0], "the first goes first"
    mantrap.wait(8.0)
    assert [door.opened() for door in mantrap.doors] == [1, 1], "and the second after it"
    assert not mantrap.both_open


def test_a_busy_minute_gives_each_door_its_turn_and_never_both(mantrap: Mantrap) -> None:
    random = Random(7)
    for _ in range(150):
        random.choice(mantrap.doors).driver.grant("1", Direction.ENTRY)
        mantrap.wait(random.choice((0.0, 0.01, 0.1, 0.3, random.uniform(0.0, 4.0))))
    assert not mantrap.both_open
    assert all(door.opened() >= 4 for door in mantrap.doors)


def test_a_cut_wire_opens_nothing_but_for_the_staff(mantrap: Mantrap) -> None:
    mantrap.cut = True
    mantrap.wait(1.0)
    first = mantrap.doors[0]
    first.driver.grant("1", Direction.ENTRY)
    mantrap.wait(20.0)
    assert first.opened() == 0
    first.put(InputName.OVERRIDE, True)
    mantrap.wait(0.2)
    assert first.is_released


def test_a_door_that_stands_open_keeps_the_other_shut(mantrap: Mantrap) -> None:
    first, second = mantrap.doors
    first.put(InputName.DOOR_CONTACT, True)  # forced, or propped by a stone
    mantrap.wait(1.0)
    second.driver.grant("1", Direction.ENTRY)
    mantrap.wait(10.0)
    assert second.opened() == 0
    first.put(InputName.DOOR_CONTACT, False)
    mantrap.wait(2.0)
    assert second.opened() == 1
