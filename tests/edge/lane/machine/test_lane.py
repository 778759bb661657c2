"""What no sequence of signals can make of a lane: random ones, by Hypothesis and by very many dice."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from edge.boards.format import Barrier, BarrierKind, Drive, InputName, OutputName
from edge.decision import Direction, Outcome
from edge.diagnostics.core.lane_responses import INPUTS, LOCK, LOCK_REACHES, POWERED, POWERED_REACHES
from edge.journal.format import LaneGrantRefused
from edge.lane.machine import (
    IN_THE_WAY,
    AskPerson,
    Broke,
    Cause,
    Effect,
    Grant,
    Hold,
    Lock,
    OnShift,
    Phase,
    Release,
    Reset,
    Sensed,
    SetOutput,
    Show,
    Signal,
    Tick,
    Unlock,
)
from edge.lane.machine.lane import step
from edge.lane.machine.motion import MOST_WAITING
from edge.lane.machine.signals import Record
from edge.lane.machine.state import Credit
from tests.edge.lane.machine.one_step import BOOM, CONTACT, NOW, transition
from tests.edge.lane.machine.one_step import LOCK as A_LOCK
from tests.edge.lane.machine.watched import Broken, WatchedLane, random_lane, walk_randomly
from tests.examples import LONG, few, tried

_pauses = st.one_of(st.floats(0.0, 0.2), st.floats(0.0, 3.0), st.floats(0.0, 400.0))


class AnyLane(RuleBasedStateMachine):
    """Any lane, and whatever can happen to it. Every step is held against the promises (`WatchedLane`)."""

    lane: WatchedLane

    @initialize(seed=st.integers(0, 2**32))
    def build(self, seed: int) -> None:
        self.lane = random_lane(Random(seed))

    @rule(line=st.sampled_from(InputName), active=st.booleans(), pause=_pauses)
    def a_line_changes(self, line: InputName, active: bool, pause: float) -> None:
        self.lane.sense(line, active, pause)

    @rule(line=st.sampled_from(InputName), pause=_pauses)
    def a_line_is_pulsed(self, line: InputName, pause: float) -> None:
        self.lane.sense(line, True, pause)
        self.lane.sense(line, False, 0.1)

    @rule(direction=st.sampled_from([*Direction, None]), pause=_pauses)
    def somebody_is_granted(self, direction: Direction | None, pause: float) -> None:
        self.lane.give(Grant("", direction, Cause.GRANT), pause)

    @rule(outcome=st.sampled_from([Outcome.DENY, Outcome.REFER]), pause=_pauses)
    def somebody_is_not(self, outcome: Outcome, pause: float) -> None:
        self.lane.give(Show(outcome, "x"), pause)

    @rule(
        signal=st.sampled_from(
            [
                Hold("li"),
                Hold("li", 9.0),
                Release("li"),
                Reset("li", "x"),
                Lock("li"),
                Unlock("li"),
                OnShift("li"),
                OnShift(""),
            ]
        ),
        pause=_pauses,
    )
    def staff_say_something(
        self, signal: Hold | Release | Reset | Lock | Unlock | OnShift, pause: float
    ) -> None:
        self.lane.give(signal, pause)

    @rule(signal=st.sampled_from([Tick(), AskPerson("x"), Broke("a lamp")]), pause=_pauses)
    def something_else(self, signal: Tick | AskPerson | Broke, pause: float) -> None:
        self.lane.give(signal, pause)

    @rule(seconds=st.floats(0.0, 100.0))
    def time_passes(self, seconds: float) -> None:
        self.lane.wait(seconds)

    @rule(direction=st.sampled_from(Direction))
    @precondition(lambda self: self.lane.wired >= {InputName.BEAM_OUTER, InputName.BEAM_INNER})
    def somebody_walks_through(self, direction: Direction) -> None:
        near, far = InputName.BEAM_OUTER, InputName.BEAM_INNER
        if direction is Direction.EXIT:
            near, far = far, near
        for line, active in ((near, True), (far, True), (near, False), (far, False)):
            self.lane.sense(line, active, 0.2)

    @rule()
    def nothing_more_happens(self) -> None:
        self.lane.let_be()

    def teardown(self) -> None:
        if hasattr(self, "lane"):
            self.lane.come_to_rest()


AnyLane.TestCase.settings = settings(
    max_examples=tried(150), stateful_step_count=60, deadline=None, derandomize=True
)
TestAnyLane = AnyLane.TestCase


FAULTS = ("stuck", "cut", "flickers")
SENSORS = sorted(IN_THE_WAY | {InputName.DOOR_CONTACT, InputName.FIRE})
WIRED = frozenset(InputName) - {InputName.INTERLOCK}
PHASES = [(LOCK, phase) for phase in LOCK_REACHES] + [(POWERED, phase) for phase in POWERED_REACHES]


class FaultyLane(WatchedLane):
    """A lane one of whose sensors is stuck, cut, or flickers at every signal."""

    def __init__(self, barrier: Barrier, sensor: InputName, fault: str) -> None:
        super().__init__(barrier, WIRED)
        self._sensor, self._fault = sensor, fault
        if fault == "stuck":
            super().give(Sensed(sensor, True), 0.5)

    def give(self, signal: Signal, after: float = 0.0) -> tuple[Effect, ...]:
        if isinstance(signal, Sensed) and signal.line is self._sensor and self._fault in {"stuck", "cut"}:
            signal = Tick()  # whatever happens there, the line does not say so
        effects = super().give(signal, after)
        if self._fault == "flickers":
            for active in (True, False):
                super().give(Sensed(self._sensor, active), 0.03)
        return effects

    def mended(self) -> None:
        self._fault = ""


@pytest.mark.longer
@pytest.mark.parametrize(
    ("barrier", "phase"), PHASES, ids=lambda item: item.value if isinstance(item, Phase) else item.kind.value
)
def test_each_phase_each_input_and_each_fault_of_a_sensor_break_no_promise(
    barrier: Barrier, phase: Phase
) -> None:
    reaches = POWERED_REACHES if barrier.powered else LOCK_REACHES
    for number, (sensor, (_, signal)) in enumerate(product(SENSORS, INPUTS)):
        for fault in FAULTS if LONG else (FAULTS[number % len(FAULTS)],):
            lane = FaultyLane(barrier, sensor, fault)
            for after, before in reaches[phase]:
                lane.wait(after)
                lane.give(before)
            lane.give(signal, 0.7)
            lane.wait(3.0)
            lane.mended()
            lane.come_to_rest()


@pytest.mark.longer
@pytest.mark.parametrize("seed", few(range(40), 16))
def test_random_steps_break_no_promise(seed: int) -> None:
    """The short form of `make lane-steps`, which takes a million."""
    walk_randomly(Random(seed), 600)


@pytest.mark.parametrize(
    ("output", "blocked", "words"),
    [
        (OutputName.RELAY_OPEN, False, "no event says why"),
        (OutputName.RELAY_CLOSE, True, "lowers onto what is in its way"),
    ],
)
def test_the_watch_sees_a_broken_promise(output: OutputName, blocked: bool, words: str) -> None:
    wired = frozenset({InputName.OVERRIDE, InputName.OBSTACLE})
    lane = WatchedLane(Barrier(BarrierKind.BOOM, Drive.UP_STOP_DOWN), wired)
    lane.wait(10.0)
    lane.sense(InputName.OBSTACLE, blocked)
    lane.state = msgspec.structs.replace(lane.state, driven=lane.state.driven | {output})
    with pytest.raises(Broken, match=words):
        lane._check(Tick(), Phase.CLOSED, set(), (SetOutput(output, True),))


def test_a_motor_is_asked_to_close_no_more_once_somebody_is_there() -> None:
    """The end switch says shut while the closing impulse is still on, and somebody steps in."""
    wired = frozenset({InputName.OVERRIDE, InputName.DOOR_CONTACT, InputName.OBSTACLE})
    lane = WatchedLane(Barrier(BarrierKind.BOOM, Drive.UP_DOWN), wired)
    lane.give(Grant("", Direction.ENTRY), 5.0)
    lane.sense(InputName.DOOR_CONTACT, True, 0.5)
    while lane.state.phase is not Phase.CLOSING:
        lane.wait(0.1)
    lane.sense(InputName.DOOR_CONTACT, False, 0.05)
    assert (lane.state.phase, OutputName.RELAY_CLOSE in lane.lines) == (Phase.CLOSED, True)
    lane.sense(InputName.OBSTACLE, True, 0.05)
    assert OutputName.RELAY_CLOSE not in lane.lines


# --- a door with beams -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("walk", "recorded"),
    [
        (["inner off"], ["lane_passed"]),
        (["outer on", "inner off", "outer off"], ["lane_passed"]),
        (["outer on", "inner off", "inner on", "outer off", "inner off"], ["lane_passed", "lane_tailgating"]),
    ],
    ids=["one", "one whose bag lags", "a second one squeezed in"],
)
def test_a_door_that_falls_shut_behind_somebody_in_the_beams_takes_nobody_for_a_burglar(
    walk: list[str], recorded: list[str]
) -> None:
    wired = frozenset(
        {InputName.OVERRIDE, InputName.DOOR_CONTACT, InputName.BEAM_OUTER, InputName.BEAM_INNER}
    )
    lane = WatchedLane(Barrier(BarrierKind.STRIKE, Drive.HOLD), wired)
    lane.give(Grant("", Direction.ENTRY))
    lane.sense(InputName.DOOR_CONTACT, True, 1.0)
    for line, active in (("outer", True), ("inner", True), ("outer", False)):
        lane.sense(InputName(f"beam_{line}"), active, 0.3)
    lane.sense(InputName.DOOR_CONTACT, False, 0.1)
    for word in walk:
        line, _, level = word.partition(" ")
        lane.sense(InputName(f"beam_{line}"), level == "on", 0.3)
    told = [event for event in lane.recorded if event in {*recorded, "lane_no_entry", "lane_intrusion"}]
    assert sorted(told) == sorted(recorded)
    lane.come_to_rest()


SHUT: dict[str, Any] = {"phase": Phase.CLOSED}
NO_CONTACT: dict[str, Any] = {"wired": set(InputName) - {CONTACT}}


@pytest.mark.parametrize(
    ("barrier", "found", "is_shut"),
    [
        (A_LOCK, SHUT, True),
        (A_LOCK, {"phase": Phase.LOCKED}, True),
        (A_LOCK, {"phase": Phase.LOCKED, "active": (CONTACT,)}, False),
        (A_LOCK, {"phase": Phase.OPEN, "active": (CONTACT,)}, False),
        (A_LOCK, {"phase": Phase.FORCED, "active": (CONTACT,)}, False),
        (BOOM, {"phase": Phase.OPENING}, False),
        (BOOM, {"phase": Phase.CLOSING}, False),
        (BOOM, {"phase": Phase.FAULT}, True),
        (BOOM, {"phase": Phase.FAULT} | NO_CONTACT, False),
    ],
)
@pytest.mark.parametrize("why", ["locked", "too_many_waiting"])
def test_a_grant_refused_while_it_stands_open_is_refused_by_another_why(
    barrier: Barrier, found: dict[str, Any], is_shut: bool, why: str
) -> None:
    """They may have gone through: what they showed is not given back (decision 0268)."""
    kept: dict[str, Any] = {"lockdown": True}
    if why == "too_many_waiting":
        kept = {"credits": (Credit("ref-1", Cause.GRANT, Direction.ENTRY),) * MOST_WAITING}
    state = transition(barrier, **found, **kept).state
    _, made = step(state, Grant("ref-2", Direction.ENTRY, Cause.GRANT), NOW)
    [refused] = [
        each.event for each in made if isinstance(each, Record) and isinstance(each.event, LaneGrantRefused)
    ]
    assert refused.opened_nothing is is_shut
    assert (refused.why == why) is is_shut
