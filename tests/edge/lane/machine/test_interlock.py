"""Two gates of a mantrap, machine against machine: never both open by grants, nobody locked in."""

from __future__ import annotations

from random import Random

import pytest

from edge.boards.format import Barrier, BarrierKind, Drive, InputName, Interlock, OutputName
from edge.journal.format import LaneEvent, LaneGrantRefused, LaneOpened
from edge.lane.machine import (
    Grant,
    LaneState,
    Lock,
    Record,
    Sensed,
    SetOutput,
    Tick,
    initial,
    next_deadline,
    step,
)
from edge.lane.machine.state import STANDS_OPEN
from tests.examples import few


class Mantrap:
    """Two lanes and the two wires between them; each wire takes its time to be noticed."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.now = 100.0
        self.lanes: list[LaneState] = []
        self.wires: list[tuple[float, int, bool]] = []
        self.records: list[tuple[int, Record]] = []
        self.both_open = False
        for place in (Interlock.FIRST, Interlock.SECOND):
            barrier = Barrier(BarrierKind.STRIKE, Drive.HOLD, interlock=place)
            wired = frozenset({InputName.OVERRIDE, InputName.EXIT_REQUEST, InputName.INTERLOCK})
            state, effects = initial(barrier, wired, frozenset(), self.now)
            self.lanes.append(state)
            self._act(len(self.lanes) - 1, effects)

    def give(self, place: int, signal: Grant | Lock | Sensed | Tick) -> None:
        self.lanes[place], effects = step(self.lanes[place], signal, self.now)
        self._act(place, effects)
        self.both_open = self.both_open or all(lane.phase in STANDS_OPEN for lane in self.lanes)

    def _act(self, place: int, effects: tuple[object, ...]) -> None:
        for effect in effects:
            if isinstance(effect, SetOutput) and effect.output is OutputName.INTERLOCK:
                self.wires.append((self.now + self.latency, 1 - place, effect.active))
            elif isinstance(effect, Record):
                self.records.append((place, effect))

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while True:
            due = [time for time, _, _ in self.wires]
            due += [time for lane in self.lanes if (time := next_deadline(lane, self.now)) is not None]
            nearest = min(due, default=end)
            if nearest >= end:
                self.now = end
                return
            self.now = max(self.now, nearest)
            arrived = [wire for wire in self.wires if wire[0] <= self.now]
            self.wires = [wire for wire in self.wires if wire[0] > self.now]
            for _, place, active in arrived:
                self.give(place, Sensed(InputName.INTERLOCK, active))
            for place in (0, 1):
                self.give(place, Tick())

    def openings(self) -> list[str]:
        return [
            f"{place} {record.event.cause}"
            for place, record in self.records
            if isinstance(record.event, LaneOpened)
        ]


@pytest.mark.longer
@pytest.mark.parametrize("seed", few(range(60), 20))
def test_two_gates_of_a_mantrap_never_stand_open_together_by_grants(seed: int) -> None:
    random = Random(seed)
    mantrap = Mantrap(latency=random.uniform(0.0, 0.25))
    mantrap.wait(2.0)
    for _ in range(60):
        if random.random() < 0.3:
            for place in random.sample((0, 1), 2):  # both ask at the same moment, or nearly
                mantrap.give(place, Grant("1"))
                mantrap.wait(random.choice((0.0, random.uniform(0.0, 0.6))))
        else:
            mantrap.give(random.choice((0, 1)), Grant("1"))
        mantrap.wait(random.uniform(0.0, 8.0))
    assert not mantrap.both_open
    assert {opening[0] for opening in mantrap.openings()} == {"0", "1"}, "each of them opened at times"


def test_the_second_gate_opens_once_the_first_is_shut() -> None:
    mantrap = Mantrap(latency=0.1)
    mantrap.wait(1.0)
    mantrap.give(0, Grant("1"))
    mantrap.wait(3.0)
    mantrap.give(1, Grant("2"))
    mantrap.wait(1.0)
    assert mantrap.openings() == ["0 grant"]
    mantrap.wait(10.0)
    assert mantrap.openings() == ["0 grant", "1 grant"]


def test_a_cut_wire_refuses_grants_and_lets_people_out() -> None:
    mantrap = Mantrap(latency=1e9)  # no word ever arrives
    mantrap.give(0, Grant("1"))
    mantrap.wait(20.0)
    assert mantrap.openings() == []
    assert (0, Record(LaneGrantRefused("1", "interlock"))) in mantrap.records
    mantrap.give(0, Sensed(InputName.EXIT_REQUEST, True))
    mantrap.wait(20.0)
    mantrap.give(0, Sensed(InputName.OVERRIDE, True))
    mantrap.wait(20.0)
    assert mantrap.openings() == ["0 exit_request", "0 override"]
    assert sum(record.event.kind is LaneEvent.INTERLOCK_OVERRIDDEN for _, record in mantrap.records) == 2


@pytest.mark.parametrize("line", [InputName.EXIT_REQUEST, InputName.OVERRIDE])
@pytest.mark.parametrize("end", ["waits too long", "locked down", "locked down while it is open"])
def test_who_waits_while_it_stands_open_for_another_may_have_gone_through(line: InputName, end: str) -> None:
    """What they showed is not given back (decision 0268), also where the gate is shut again by then."""
    mantrap = Mantrap(latency=1e9)  # no word ever arrives
    if line is InputName.EXIT_REQUEST:
        mantrap.give(0, Sensed(line, True))
        mantrap.wait(10.0)
    mantrap.give(0, Grant("1"))
    if line is InputName.OVERRIDE:
        mantrap.give(0, Sensed(line, True))
        mantrap.give(0, Sensed(line, False))
    mantrap.wait(6.0 if line is InputName.EXIT_REQUEST else 3.0)
    assert len(mantrap.openings()) == 1
    if end == "locked down":
        mantrap.wait(6.0)
    if end != "waits too long":
        assert mantrap.lanes[0].is_shut is (end == "locked down")
        mantrap.give(0, Lock("wang"))
    mantrap.wait(20.0)
    (refused,) = [one.event for _, one in mantrap.records if isinstance(one.event, LaneGrantRefused)]
    assert refused == LaneGrantRefused("1", "interlock_open" if end == "waits too long" else "locked_again")
    assert not refused.opened_nothing
