"""Which relays move a barrier, by its drive and by where it is: a table."""

from __future__ import annotations

from typing import Any

import pytest

from edge.boards.format import Barrier, OutputName
from edge.lane.machine.driving import lower_it, raise_it, stop_lowering
from edge.lane.machine.state import Impulse, Phase
from tests.edge.lane.machine.one_step import (
    BOOM,
    HELD_BOOM,
    LOCK,
    NOW,
    PULSED_BOOM,
    STRIKE,
    TWO_WAY,
    transition,
)

UP, STOP, DOWN = OutputName.RELAY_OPEN, OutputName.RELAY_STOP, OutputName.RELAY_CLOSE
Relays = tuple[OutputName, ...]


def relays(running: Impulse | None) -> Relays:
    return () if running is None else (running.relay, *running.then)


def impulse(*names: OutputName) -> Impulse:
    return Impulse(names[0], NOW + 0.2, names[1:])


@pytest.mark.parametrize(
    ("barrier", "fields", "expected"),
    [
        (LOCK, {}, ()),  # held by its relay, as long as its phase says
        (HELD_BOOM, {}, ()),
        (STRIKE, {}, (UP,)),
        (PULSED_BOOM, {"phase": Phase.CLOSING}, (UP,)),
        (BOOM, {}, (UP,)),
        (BOOM, {"phase": Phase.OPEN}, (UP,)),
        (BOOM, {"phase": Phase.CLOSING}, (STOP, UP)),  # it is on its way down: halted first
        (BOOM, {"phase": Phase.FAULT, "lowered": NOW - 0.5, "raised": NOW - 9.0}, (STOP, UP)),
        (BOOM, {"phase": Phase.FAULT, "lowered": NOW - 1.6, "raised": NOW - 9.0}, (UP,)),  # it has come down
        (BOOM, {"phase": Phase.OPENING, "lowered": NOW - 0.5, "raised": NOW - 0.2}, (UP,)),  # turned already
        (BOOM, {"impulse": impulse(STOP)}, (STOP, UP)),  # halting: it goes up after that
        (BOOM, {"impulse": impulse(STOP, DOWN)}, (STOP, UP)),
        (BOOM, {"impulse": impulse(STOP, UP)}, (STOP, UP)),
        (TWO_WAY, {"phase": Phase.CLOSING}, (UP,)),  # its controller may be reversed at once
    ],
)
def test_raising(barrier: Barrier, fields: dict[str, Any], expected: Relays) -> None:
    made = transition(barrier, **fields)
    raise_it(made)
    assert relays(made.state.impulse) == expected
    assert made.state.raised == NOW


def test_raising_again_does_not_lengthen_a_halt_that_leads_to_it() -> None:
    running = impulse(STOP, UP)
    made = transition(BOOM, impulse=running)
    raise_it(made)
    assert made.state.impulse == running


@pytest.mark.parametrize(
    ("barrier", "fields", "expected"),
    [
        (LOCK, {}, ()),
        (HELD_BOOM, {"phase": Phase.OPEN}, ()),
        (PULSED_BOOM, {"phase": Phase.OPEN}, ()),
        (BOOM, {"phase": Phase.OPEN, "raised": NOW - 9.0}, (DOWN,)),
        (BOOM, {"phase": Phase.OPEN, "raised": NOW - 1.5}, (DOWN,)),
        (BOOM, {"phase": Phase.OPEN, "raised": NOW - 1.4}, (STOP, DOWN)),  # it may be rising yet
        (BOOM, {"phase": Phase.CLOSED}, (STOP, DOWN)),  # nobody knows what it does at a start
        (BOOM, {"phase": Phase.WARNING}, (STOP, DOWN)),
        (TWO_WAY, {"phase": Phase.WARNING}, (DOWN,)),
    ],
)
def test_lowering(barrier: Barrier, fields: dict[str, Any], expected: Relays) -> None:
    made = transition(barrier, **fields)
    lower_it(made)
    assert relays(made.state.impulse) == expected
    assert made.state.lowered == NOW


@pytest.mark.parametrize(
    ("running", "left"),
    [
        (None, ()),
        (impulse(UP), (UP,)),
        (impulse(STOP, UP), (STOP, UP)),
        (impulse(DOWN), ()),
        (impulse(STOP, DOWN), ()),
    ],
)
def test_a_motor_does_not_push_down_once_something_is_in_the_way(
    running: Impulse | None, left: Relays
) -> None:
    made = transition(BOOM, impulse=running)
    stop_lowering(made)
    assert relays(made.state.impulse) == left
