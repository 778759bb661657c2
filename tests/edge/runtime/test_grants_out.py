"""A one-time code that was granted and then refused at the lane counts again; and no code opens twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from queue import SimpleQueue
from typing import Any

import pytest
from msgspec.structs import replace

from edge.admin.passes import PassRequest
from edge.boards.files import load_board
from edge.boards.format import InputName, OutputName
from edge.decision import ClockTrust, Reason, WallTime
from edge.devices.simulated import drive, release_all, simulated_pins
from edge.journal.factory import open_journal
from edge.journal.format import Entry, LaneFire, LaneGrantRefused, following, told
from edge.lane.driver import LaneDriver
from edge.lane.machine import Grant, Lock, Unlock
from edge.runtime.access_controller import AccessController
from edge.runtime.grants_out import GrantsOut
from edge.runtime.main_loop import MainLoop
from edge.runtime.people_counting import open_counter
from tests.edge.runtime.conftest import NOON, Bench
from tests.events import decided

ACCEPTED, USED = Reason.CODE_ACCEPTED, Reason.PASS_USED


class Seat:
    """A gate on the bench whose main loop hears the lane, and writes down what it says."""

    def __init__(self, bench: Bench, board: str) -> None:
        self.bench = bench
        bench.lane.close()
        self.board, self.pins = load_board(board), simulated_pins()
        release_all(self.board, self.pins)
        bench.lane = LaneDriver(self.board, self.pins, bench.said.append, bench.clock.monotonic)
        bench.lane.open()
        self.counter = open_counter(
            bench.configuration, self.board, bench.journal, bench.registry_service.holdings
        )
        self.text = bench.pass_text(PassRequest("ann", once=True))
        self.start()

    def start(self) -> None:
        """The decisions of a process that has just begun, of which the lane remembers nobody."""
        bench = self.bench
        holdings = bench.registry_service.holdings
        bench.controller = AccessController(
            bench.configuration, bench.clock, bench.journal, bench.lane, holdings
        )
        self.heard: SimpleQueue[Any] = SimpleQueue()
        self.loop = MainLoop(bench.controller, bench.journal, bench.clock, self.heard, (), self.counter)

    def restart(self) -> None:
        self.bench.journal.close()
        self.bench.journal = open_journal(self.bench.configuration.journal.path, "main")
        self.start()

    def line(self, line: InputName, *, active: bool) -> None:
        drive(self.board, self.pins, line, active=active)

    def shows(self, seconds: float = 1.0) -> list[Reason]:
        """The code is shown for so long, and nobody else is there then; for what reasons it was decided."""
        reasons = [passage.decision.reason for passage in self.bench.show(self.text, seconds=seconds)]
        self.goes_on(20.0)
        return reasons

    def goes_on(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.bench.show(seconds=1.0)
            self.hears()

    def hears(self) -> None:
        """The main loop takes what the lane has said."""
        for report in self.bench.said:
            self.heard.put(report)
        self.bench.said.clear()
        self.bench.heard = 0
        self.loop.drain()

    @property
    def openings(self) -> int:
        moves = self.bench.lane.timeline
        return sum(move.output is OutputName.RELAY_OPEN and move.active for move in moves)


def seated(bench: Bench, board: str) -> Iterator[Seat]:
    seat = Seat(bench, board)
    with closing(seat.counter):
        yield seat


@pytest.fixture
def mantrap(bench: Bench) -> Iterator[Seat]:
    yield from seated(bench, "mantrap-first")


@pytest.fixture
def boom(bench: Bench) -> Iterator[Seat]:
    yield from seated(bench, bench.configuration.lane.board)


@pytest.mark.parametrize("restarts", [False, True])
def test_who_waited_for_the_other_gate_in_vain_comes_again_with_the_same_code(
    mantrap: Seat, restarts: bool
) -> None:
    assert mantrap.shows() == [ACCEPTED]
    assert mantrap.openings == 0
    if restarts:
        mantrap.restart()
    mantrap.line(InputName.INTERLOCK, active=True)
    assert mantrap.shows() == [ACCEPTED]
    assert mantrap.openings == 1
    if restarts:
        mantrap.restart()
    assert mantrap.shows() == [USED]
    assert mantrap.openings == 1


def test_the_ninth_who_waits_has_not_lost_the_code(mantrap: Seat) -> None:
    for _ in range(8):
        mantrap.bench.lane.submit(Grant("of-another", None))
    mantrap.bench.lane.pump()
    assert mantrap.shows() == [ACCEPTED]
    assert mantrap.openings == 0
    mantrap.goes_on(60.0)
    mantrap.line(InputName.INTERLOCK, active=True)
    mantrap.goes_on(5.0)
    assert mantrap.shows() == [ACCEPTED]


def test_the_ninth_while_it_stands_open_for_eight_has_used_the_code(boom: Seat) -> None:
    """Nobody can tell whether they went through with the others."""
    for _ in range(8):
        boom.bench.lane.submit(Grant("of-another", None))
    boom.bench.lane.pump()
    assert boom.shows() == [ACCEPTED]
    boom.goes_on(60.0)
    assert boom.shows() == [USED]


def test_a_code_whose_lock_was_released_stays_used(mantrap: Seat) -> None:
    """Locked again while the door could be pushed: nobody can tell whether somebody went through."""
    mantrap.line(InputName.INTERLOCK, active=True)
    mantrap.goes_on(2.0)
    assert [passage.decision.reason for passage in mantrap.bench.show(mantrap.text, seconds=1.5)] == [
        ACCEPTED
    ]
    assert mantrap.openings == 1
    mantrap.bench.lane.submit(Lock("li-na"))
    mantrap.goes_on(5.0)
    mantrap.bench.lane.submit(Unlock("li-na"))
    mantrap.goes_on(5.0)
    assert mantrap.shows() == [USED]


def test_a_code_that_waited_when_it_burnt_stays_used(mantrap: Seat) -> None:
    mantrap.bench.show(mantrap.text, seconds=1.0)
    mantrap.line(InputName.FIRE, active=True)
    mantrap.goes_on(2.0)
    mantrap.line(InputName.FIRE, active=False)
    mantrap.goes_on(120.0)
    assert mantrap.shows() == [USED]


# --- by itself -------------------------------------------------------------------------------------


def grant(number: int, epoch: int = 1) -> Entry:
    wall = WallTime(NOON, ClockTrust.TRUSTED)
    entry = following(
        None, told(decided(once="p1")), epoch=bytes([epoch]) * 16, gate="main", wall=wall, monotonic=1.0
    )
    return replace(entry, sequence=number)


def test_a_refusal_gives_the_grant_back_once() -> None:
    out = GrantsOut()
    out.went(grant(5))
    assert out.refused_by(LaneGrantRefused("5", "interlock")) == grant(5)
    assert out.refused_by(LaneGrantRefused("5", "interlock")) is None


@pytest.mark.parametrize("why", ["fire", "locked_again", "something of a later version"])
def test_after_something_has_opened_a_refusal_gives_nothing_back(why: str) -> None:
    out = GrantsOut()
    out.went(grant(5))
    assert out.refused_by(LaneGrantRefused("5", why)) is None
    assert out.refused_by(LaneFire()) is None


def test_a_number_that_two_epochs_have_is_neither_s() -> None:
    out = GrantsOut()
    out.went(grant(5))
    out.went(grant(5, epoch=2))
    assert out.refused_by(LaneGrantRefused("5", "interlock")) is None


def test_it_remembers_more_than_a_lane_holds_and_not_all() -> None:
    out = GrantsOut()
    for number in range(1, 101):
        out.went(grant(number))
    known = [number for number in range(1, 101) if out.refused_by(LaneGrantRefused(str(number), "locked"))]
    assert known == [*range(37, 101)]
