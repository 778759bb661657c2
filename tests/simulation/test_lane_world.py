"""The lane as things: what moves when, which wires change, and what becomes of them without a process."""

from __future__ import annotations

from random import Random

import pytest
from msgspec.structs import replace

from edge.boards.files import load_board, shipped_boards
from edge.boards.format import Board, Drive, InputName, OutputName
from edge.devices.simulated import is_active
from edge.journal.format import (
    LaneDuress,
    LaneExitRequested,
    LaneFault,
    LaneFire,
    LaneForced,
    LaneNoEntry,
    LaneOpened,
    LaneOverride,
    LanePassed,
    LanePowerLost,
    LanePowerRestored,
    LaneShift,
    LaneTamper,
    LaneTamperEnded,
)
from edge.lane.driver import READ_EVERY, LaneDriver, LaneReport
from edge.lane.machine import Grant, Record
from tests.simulation.lane_world import LaneWorld
from tests.simulation.observations import Observation, Wire
from tests.simulation.scheduler import Scheduler
from tests.simulation.walking import walk


class Lane:
    """A lane with the product's driver, polled on the scheduler."""

    def __init__(self, board: Board) -> None:
        self.seen: list[Observation] = []
        self.said: list[LaneReport] = []
        self.scheduler = Scheduler(1)
        self.world = LaneWorld("main", board, self.scheduler, self.seen.append)
        self.driver = self.started()

    def started(self) -> LaneDriver:
        """A gate's process begins."""
        self.driver = LaneDriver(
            self.world.board, self.world.pins, self.said.append, lambda: self.scheduler.now
        )
        self.driver.open()
        self.task = self.scheduler.task(self.driver.pump)
        self.driver.at_arrival(self.task.wake)
        return self.driver

    def killed(self) -> None:
        """It ends as by kill -9."""
        self.task.stop()
        self.world.process_ended()

    def run(self, seconds: float) -> None:
        self.scheduler.run(self.scheduler.now + seconds)

    def grant(self) -> None:
        self.driver.submit(Grant("1"))

    def events(self) -> list[type]:
        return [type(report.said.event) for report in self.said if isinstance(report.said, Record)]

    def wires(self, line: str) -> list[tuple[float, bool]]:
        return [
            (round(wire.at, 2), wire.active)
            for wire in self.seen
            if isinstance(wire, Wire) and wire.line == line
        ]


def boards() -> list[Board]:
    """The shipped ones, without those that wait for the other half of a mantrap, or whose relays hang on a
    bus (tests/edge/devices/relays): this world has none. And one that is driven as none of them is.
    """
    shipped = [load_board(name) for name in shipped_boards()]
    boom = load_board("boom-three-relays")
    outputs = {name: line for name, line in boom.outputs.items() if name is not OutputName.RELAY_STOP}
    barrier = replace(boom.barrier, drive=Drive.UP_DOWN)
    return [
        *(
            board
            for board in shipped
            if InputName.INTERLOCK not in board.inputs and board.relay_board is None
        ),
        replace(boom, name="boom-two-relays", outputs=outputs, barrier=barrier),
    ]


@pytest.fixture(params=boards(), ids=lambda board: board.name)
def lane(request: pytest.FixtureRequest) -> Lane:
    return Lane(request.param)


@pytest.fixture
def leaf() -> Lane:
    return Lane(load_board("swing-gate"))


def test_whoever_is_let_through_finds_it_open_and_then_shut_again(lane: Lane) -> None:
    """Of every board that is shipped, without any fault in the journal."""
    went: list[float] = []
    apart: list[bool] = []

    def go() -> None:
        went.append(lane.scheduler.now)
        walk(lane.scheduler, lane.world, Random(1), lambda: None, apart.append, inward=True)

    assert not lane.world.barrier.passable
    lane.grant()
    lane.scheduler.after(1.0, lambda: lane.world.barrier.once_passable(go))
    lane.run(60.0)
    barrier = lane.world.board.barrier
    [began] = went
    assert apart == [True]
    assert began == pytest.approx(max(1.0, 0.9 * barrier.travel if barrier.powered else 0.0), abs=0.2)
    assert not lane.world.barrier.passable
    if lane.world.sees_everybody:
        assert LanePassed in lane.events()
    assert not {LaneFault, LaneForced} & set(lane.events())


def test_a_leaf_takes_its_time_and_its_contact_says_when_it_is_away(leaf: Lane) -> None:
    travel = 0.9 * leaf.world.board.barrier.travel
    leaf.run(1.0)
    leaf.grant()
    leaf.run(0.5 * travel)
    assert not leaf.world.barrier.passable
    leaf.run(0.5 * travel + 0.1)
    assert leaf.world.barrier.passable
    leaf.run(60.0)
    [(opened, _), (let_go, _)] = leaf.wires("relay_open")
    assert leaf.wires("door_contact") == [
        (pytest.approx(opened + 0.1), True),
        (pytest.approx(let_go + travel), False),
    ]
    assert leaf.events().count(LaneNoEntry) == 1


def test_a_leaf_that_is_called_back_half_way_has_half_the_way_to_go(leaf: Lane) -> None:
    travel, barrier = 0.9 * leaf.world.board.barrier.travel, leaf.world.barrier
    barrier.relay(OutputName.RELAY_OPEN, True)
    leaf.scheduler.after(travel / 2, lambda: barrier.relay(OutputName.RELAY_OPEN, False))
    leaf.run(travel / 2 + 0.1)
    assert leaf.world.barrier._now_at() == pytest.approx(0.5, abs=0.05)
    leaf.run(travel / 2)
    assert [active for _, active in leaf.wires("door_contact")] == [True, False]


@pytest.mark.parametrize("line", [InputName.FIRE, InputName.EXIT_REQUEST, InputName.OVERRIDE])
def test_a_line_that_opens_does_so_for_as_long_as_it_must(line: InputName) -> None:
    lane = Lane(load_board("simulated"))
    lane.run(1.0)
    lane.world.hold(line, 1.0)
    lane.run(1.5)
    assert [active for _, active in lane.wires(line.value)] == [True, False]
    assert lane.world.barrier.passable
    lane.run(60.0)
    assert not lane.world.barrier.passable


SAID = {
    InputName.OVERRIDE: {LaneOverride, LaneOpened},
    InputName.DURESS: {LaneDuress, LaneOpened},
    InputName.EXIT_REQUEST: {LaneExitRequested, LaneOpened},
    InputName.BEAM_OUTER: set(),
    InputName.BEAM_INNER: set(),
    InputName.OBSTACLE: set(),
    InputName.FIRE: {LaneFire, LaneOpened},
    InputName.TAMPER: {LaneTamper, LaneTamperEnded},
    InputName.POWER: {LanePowerLost, LanePowerRestored},
    InputName.SHIFT_KEY: {LaneShift},
}
"""What the lane says at once of each line of the standard board, when it is active for a second."""


@pytest.mark.parametrize("line", SAID)
def test_the_world_reaches_every_line_of_the_board(line: InputName) -> None:
    lane = Lane(load_board("simulated"))
    assert SAID.keys() == lane.world.board.inputs.keys()
    lane.run(1.0)
    lane.world.hold(line, 1.0)
    lane.run(1.5)
    assert set(lane.events()) == SAID[line]
    assert lane.wires(line.value) == [(1.0, True), (2.0, False)]


def test_a_line_with_two_causes_is_active_until_both_are_gone() -> None:
    lane = Lane(load_board("simulated"))
    lane.world.hold(InputName.FIRE, 2.0)
    lane.scheduler.after(1.0, lambda: lane.world.hold(InputName.FIRE, 3.0))
    lane.run(10.0)
    assert lane.wires("fire") == [(0.0, True), (4.0, False)]
    assert lane.events().count(LaneFire) == 1


def test_a_contact_that_chatters_is_one_press() -> None:
    lane = Lane(load_board("simulated"))
    lane.run(1.0)
    lane.world.bounce(InputName.EXIT_REQUEST)
    lane.scheduler.after(0.02, lambda: lane.world.hold(InputName.EXIT_REQUEST, 0.2))
    lane.run(5.0)
    assert len(lane.wires("exit_request")) == 52
    assert lane.events().count(LaneExitRequested) == 1


def test_an_edge_that_is_lost_is_found_by_reading() -> None:
    lane = Lane(load_board("simulated"))
    lane.run(1.0)
    lane.world.lose_edges(lost=True)
    assert not lane.world.sees_everybody
    lane.world.hold(InputName.FIRE, 5.0)
    lane.run(2 * READ_EVERY + lane.world.board.inputs[InputName.FIRE].debounce)
    assert LaneFire in lane.events()
    [(at, opened)] = lane.wires("relay_open")
    assert opened
    assert at > 1.0, "no edge told of it"
    lane.world.lose_edges(lost=False)
    assert lane.world.sees_everybody


def test_a_relay_outlives_its_process_until_the_unit_rests_it() -> None:
    lane = Lane(load_board("simulated"))
    lane.grant()
    lane.run(2.0)
    lane.killed()
    lane.run(10.0)
    assert lane.world.barrier.passable, "nobody has taken the relay's line back yet"
    lane.world.rest()
    lane.run(2.0)
    assert not lane.world.barrier.passable
    assert [active for _, active in lane.wires("relay_open")] == [True, False]
    lane.started()
    lane.grant()
    lane.run(2.0)
    assert lane.world.barrier.passable, "the next process has the lines"


def test_without_power_the_relay_drops_and_the_barrier_does_what_its_board_says() -> None:
    lane = Lane(load_board("simulated"))
    lane.grant()
    lane.run(2.0)
    lane.killed()
    lane.world.power_lost()
    lane.run(2.0)
    assert not lane.world.barrier.passable
    assert not is_active(lane.world.board, lane.world.pins, OutputName.RELAY_OPEN)


def test_what_a_board_lacks_cannot_be_touched(leaf: Lane) -> None:
    assert not leaf.world.has(InputName.DURESS)
    leaf.world.hold(InputName.DURESS, 1.0)
    leaf.run(2.0)
    assert leaf.seen == []


def test_every_drive_is_tried() -> None:
    assert {board.barrier.drive for board in boards()} == set(Drive)
