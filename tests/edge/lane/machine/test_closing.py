"""Closing: never before the way has been clear for long enough, never onto somebody, and not endlessly."""

from __future__ import annotations

from typing import Any

import pytest

from edge.boards.format import Barrier, InputName, OutputName
from edge.lane.machine.closing import (
    MOST_REVERSALS,
    close_or_wait,
    comes_down,
    fault,
    hold_too_long,
    put_out_of_order,
    reverse,
    warn_and_close,
    way_clears,
    what_blocks,
)
from edge.lane.machine.signals import Cause
from edge.lane.machine.state import Impulse, Phase
from tests.edge.lane.machine.one_step import (
    BOOM,
    CONTACT,
    HELD_BOOM,
    LOCK,
    NOW,
    PULSED_BOOM,
    prompts,
    recorded,
    transition,
)

OBSTACLE = InputName.OBSTACLE
HELD, CLEAR = BOOM.held_time, BOOM.clear_time


@pytest.mark.parametrize(
    ("barrier", "fields", "phase", "until"),
    [
        (BOOM, {}, Phase.CLOSING, NOW + BOOM.travel),
        (BOOM, {"clear_since": NOW - CLEAR}, Phase.CLOSING, NOW + BOOM.travel),
        (BOOM, {"clear_since": NOW - 0.4}, Phase.OPEN, NOW - 0.4 + CLEAR),
        (BOOM, {"active": (OBSTACLE,)}, Phase.OBSTRUCTED, NOW + HELD),
        (BOOM, {"warns": True}, Phase.WARNING, NOW + BOOM.warning),
        (BOOM, {"out_of_order": "x"}, Phase.HELD_TOO_LONG, None),
        (PULSED_BOOM, {"out_of_order": "x", "active": (OBSTACLE,)}, Phase.FAULT, None),
        (PULSED_BOOM, {"out_of_order": "x"}, Phase.CLOSING, NOW + BOOM.travel),
    ],
)
def test_it_closes_or_waits(
    barrier: Barrier, fields: dict[str, Any], phase: Phase, until: float | None
) -> None:
    made = transition(barrier, phase=Phase.OPEN, cause=Cause.GRANT, **fields)
    close_or_wait(made)
    assert (made.state.phase, made.state.until) == (phase, until)
    assert (made.state.cause is None) is (phase is Phase.FAULT)
    assert (made.state.lowered == NOW) is (phase is Phase.CLOSING)


def test_it_warns_once_and_then_closes() -> None:
    made = transition(BOOM, phase=Phase.OPEN, warns=True)
    close_or_wait(made)
    close_or_wait(made)
    assert (made.state.phase, made.state.warns) == (Phase.CLOSING, False)


def test_who_is_in_the_way_is_asked_once_to_clear_it() -> None:
    made = transition(BOOM, phase=Phase.OPEN, active=(OBSTACLE, InputName.BEAM_OUTER))
    close_or_wait(made)
    close_or_wait(made)
    assert (recorded(made), prompts(made)) == (["lane_obstructed"], ["lane_clear_the_way"])


@pytest.mark.parametrize(
    ("barrier", "fields", "expected"),
    [
        (BOOM, {}, Phase.WARNING),
        (HELD_BOOM, {}, Phase.CLOSING),  # without its relay it is closing already
        (HELD_BOOM, {"phase": Phase.HELD_TOO_LONG}, Phase.WARNING),
        (HELD_BOOM, {"active": (OBSTACLE,)}, Phase.OBSTRUCTED),
    ],
)
def test_nobody_asked_it_to_close(barrier: Barrier, fields: dict[str, Any], expected: Phase) -> None:
    made = transition(barrier, **({"phase": Phase.FAULT} | fields))
    warn_and_close(made)
    assert made.state.phase is expected


@pytest.mark.parametrize(("active", "phase"), [((), Phase.CLOSING), ((OBSTACLE,), Phase.OBSTRUCTED)])
def test_on_its_way_down_it_turns_round_for_somebody(active: tuple[InputName, ...], phase: Phase) -> None:
    made = transition(BOOM, phase=Phase.CLOSING, active=active, warns=True)
    comes_down(made)
    assert made.state.phase is phase
    assert (made.state.raised == NOW) is bool(active)


@pytest.mark.parametrize(
    ("reversals", "out"), [(0, False), (2 * MOST_REVERSALS - 2, False), (2 * MOST_REVERSALS - 1, True)]
)
def test_it_does_not_turn_round_endlessly(reversals: int, out: bool) -> None:
    made = transition(BOOM, phase=Phase.CLOSING, active=(OBSTACLE,), reversals=reversals, fault="x")
    reverse(made)
    state = made.state
    assert (state.reversals, state.fault, state.raised) == (reversals + 1, "", NOW)
    assert bool(state.out_of_order) is out
    assert state.phase is (Phase.HELD_TOO_LONG if out else Phase.OBSTRUCTED)
    assert ("lane_fault" in recorded(made)) is out


@pytest.mark.parametrize(
    ("barrier", "phase", "raised"), [(BOOM, Phase.HELD_TOO_LONG, True), (PULSED_BOOM, Phase.FAULT, False)]
)
def test_out_of_order_it_still_goes_up_for_somebody_where_it_is_told_to(
    barrier: Barrier, phase: Phase, raised: bool
) -> None:
    made = transition(barrier, phase=Phase.CLOSING, active=(OBSTACLE,), out_of_order="x")
    reverse(made)
    assert (made.state.phase, made.state.raised == NOW) == (phase, raised)


@pytest.mark.parametrize(
    ("fields", "clear_at"),
    [
        ({"phase": Phase.OBSTRUCTED}, NOW + CLEAR),
        ({"phase": Phase.HELD_TOO_LONG}, NOW + CLEAR),
        ({"phase": Phase.OBSTRUCTED, "reversals": MOST_REVERSALS - 1}, NOW + CLEAR),
        ({"phase": Phase.OBSTRUCTED, "reversals": MOST_REVERSALS}, NOW + HELD),  # more patient now
        ({"phase": Phase.HELD_TOO_LONG, "out_of_order": "x"}, None),  # a person has to look
        ({"phase": Phase.HALTED}, NOW + CLEAR),
        ({"phase": Phase.OPEN}, None),  # its own time is running
        ({"phase": Phase.HELD_OPEN_BY_STAFF}, None),
    ],
)
def test_once_the_way_is_clear(fields: dict[str, Any], clear_at: float | None) -> None:
    made = transition(BOOM, **fields)
    way_clears(made)
    assert made.state.clear_at == clear_at


@pytest.mark.parametrize(("barrier", "phase"), [(BOOM, Phase.HELD_TOO_LONG), (PULSED_BOOM, Phase.FAULT)])
def test_out_of_order_it_is_never_let_go_onto_what_is_in_its_way(barrier: Barrier, phase: Phase) -> None:
    made = transition(barrier, phase=Phase.OBSTRUCTED, cause=Cause.GRANT)
    put_out_of_order(made, "the arm")
    assert (made.state.cause, made.state.fault) == (
        (None, "the arm") if phase is Phase.FAULT else (Cause.GRANT, "")
    )
    assert (made.state.out_of_order, made.state.phase) == ("the arm", phase)
    assert (recorded(made), prompts(made)) == (["lane_fault"], ["lane_out_of_order"])


@pytest.mark.parametrize("barrier", [LOCK, BOOM])
def test_held_too_long_is_an_alarm_and_forgets_no_clear_way(barrier: Barrier) -> None:
    made = transition(barrier, phase=Phase.OPEN, active=(CONTACT,), clear_at=NOW + 0.5, passed=frozenset())
    hold_too_long(made)
    assert (made.state.phase, made.state.clear_at) == (Phase.HELD_TOO_LONG, NOW + 0.5)
    assert recorded(made) == ["lane_held_too_long"]


@pytest.mark.parametrize(
    ("barrier", "fields", "phase", "relays"),
    [
        (LOCK, {}, Phase.FAULT, None),
        (BOOM, {}, Phase.FAULT, (OutputName.RELAY_STOP,)),
        (BOOM, {"impulse": Impulse(OutputName.RELAY_OPEN, NOW + 0.1)}, Phase.FAULT, (OutputName.RELAY_OPEN,)),
        (BOOM, {"active": (OBSTACLE,)}, Phase.OBSTRUCTED, (OutputName.RELAY_STOP, OutputName.RELAY_OPEN)),
        (HELD_BOOM, {"phase": Phase.OPEN}, Phase.CLOSING, None),
        (HELD_BOOM, {"phase": Phase.OPEN, "active": (OBSTACLE,)}, Phase.OBSTRUCTED, None),
        (HELD_BOOM, {"phase": Phase.OPEN, "clear_since": NOW - 0.1}, Phase.OBSTRUCTED, None),
        (PULSED_BOOM, {}, Phase.FAULT, None),
    ],
)
def test_a_fault_lets_nothing_down_onto_anybody(
    barrier: Barrier, fields: dict[str, Any], phase: Phase, relays: tuple[OutputName, ...] | None
) -> None:
    made = transition(barrier, **({"phase": Phase.CLOSING, "cause": Cause.GRANT} | fields))
    fault(made, "did not close")
    state = made.state
    assert (state.phase, state.fault, state.cause) == (phase, "did not close", None)
    assert (state.impulse and (state.impulse.relay, *state.impulse.then)) == relays
    assert recorded(made)[0] == "lane_fault"
    assert prompts(made)[0] == "lane_out_of_order"


def test_it_says_what_blocks_it_and_nothing_else() -> None:
    lines = (InputName.BEAM_INNER, OBSTACLE, CONTACT, InputName.OVERRIDE)
    assert set(what_blocks(transition(BOOM, active=lines).state).split()) == {"beam_inner", "obstacle"}
    assert what_blocks(transition(BOOM).state) == ""
