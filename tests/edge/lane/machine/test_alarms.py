"""Alarms and faults last until a person ends them by name, or the board's own rule does."""

from __future__ import annotations

import pytest

from edge.boards.format import Barrier, BarrierKind, BreakInEnds, Drive, InputName
from edge.lane.machine import (
    Broke,
    Grant,
    LaneState,
    Lock,
    Phase,
    Reset,
    Sensed,
    Signal,
    Tick,
    Unlock,
    initial,
    step,
)
from edge.lane.machine.alarms import break_in_over_at

WIRED = frozenset(InputName) - {InputName.INTERLOCK}
BY_PERSON = Barrier(BarrierKind.STRIKE, Drive.HOLD)
BY_RULE = Barrier(
    BarrierKind.STRIKE, Drive.HOLD, break_in_ends=BreakInEnds.SHUT, break_in_shut=60.0, held_time=20.0
)
OPENS, SHUTS = Sensed(InputName.DOOR_CONTACT, True), Sensed(InputName.DOOR_CONTACT, False)


def after(*signals: tuple[float, Signal], barrier: Barrier = BY_PERSON) -> LaneState:
    """A lane that is given signals, each at its second."""
    state, _ = initial(barrier, WIRED, frozenset(), 0.0)
    for at, signal in signals:
        state, _ = step(state, signal, at)
    return state


@pytest.mark.parametrize(
    "signal",
    [
        Grant("1"),
        Sensed(InputName.EXIT_REQUEST, True),
        Sensed(InputName.OVERRIDE, True),
        Sensed(InputName.DURESS, True),
        Lock("li"),
        Unlock("li"),
        SHUTS,
        Tick(),
    ],
)
def test_nothing_but_a_reset_ends_a_break_in_alarm(signal: Signal) -> None:
    state = after((1.0, OPENS), (2.0, signal), (1000.0, Tick()))
    assert state.break_in is not None
    assert step(state, Reset("li", "looked"), 1001.0)[0].break_in is None


@pytest.mark.parametrize("name", ["", " ", "\t"])
def test_a_reset_needs_a_name_and_a_reason(name: str) -> None:
    with pytest.raises(ValueError, match="needs a name and a reason"):
        Reset(name, "looked")
    with pytest.raises(ValueError, match="needs a name and a reason"):
        Reset("li", name)


def test_by_the_boards_rule_the_alarm_ends_after_its_time_shut() -> None:
    state = after((1.0, OPENS), barrier=BY_RULE)
    assert break_in_over_at(state) is None, "it still stands open"
    state, _ = step(state, SHUTS, 10.0)
    over = break_in_over_at(state)
    assert over == 10.0 + 60.0
    assert step(state, Tick(), 69.9)[0].break_in is not None
    assert step(state, Tick(), 70.0)[0].break_in is None


def test_opened_again_the_time_shut_begins_again() -> None:
    state = after((1.0, OPENS), (10.0, SHUTS), (50.0, OPENS), (55.0, SHUTS), barrier=BY_RULE)
    assert break_in_over_at(state) == 55.0 + 60.0


def test_without_the_rule_time_ends_no_alarm() -> None:
    assert break_in_over_at(after((1.0, OPENS), (10.0, SHUTS))) is None


def test_a_reset_ends_a_fault_and_the_barrier_rests() -> None:
    state = after((1.0, Broke("the relay")))
    assert (state.phase, state.fault) == (Phase.FAULT, "the relay")
    state, _ = step(state, Reset("li", "repaired"), 2.0)
    assert (state.phase, state.fault) == (Phase.CLOSED, "")
