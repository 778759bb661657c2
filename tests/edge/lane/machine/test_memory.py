"""What of a lane outlives its process, and that a restart stands for no person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from edge.boards.format import Barrier, BarrierKind, Drive, InputName
from edge.lane.machine import (
    NOTHING,
    Broke,
    Grant,
    Hold,
    LaneMemory,
    LaneState,
    Lock,
    Phase,
    Reset,
    Sensed,
    Signal,
    Tick,
    initial,
    remember,
    step,
)

LOCK = Barrier(BarrierKind.STRIKE, Drive.HOLD)
WIRED = frozenset(InputName) - {InputName.INTERLOCK}
FORCED = Sensed(InputName.DOOR_CONTACT, True)


def after(*signals: Signal, remembered: LaneMemory = NOTHING, active: frozenset[InputName] = frozenset()):  # type: ignore[no-untyped-def]
    """A lane that starts with a memory, and is given signals a second apart."""
    state, _ = initial(LOCK, WIRED, active, 100.0, remembered)
    for number, signal in enumerate(signals):
        state, _ = step(state, signal, 101.0 + number)
    return state


def restarted(state: LaneState) -> LaneState:
    """The lane after its process ended and another began, with the lines as they were."""
    state, _ = initial(LOCK, WIRED, frozenset(state.active), 500.0, remember(state))
    return state


@pytest.mark.parametrize(
    ("signals", "memory"),
    [
        ((), NOTHING),
        ((Grant("1"),), NOTHING),  # an opening ends with its process
        ((Lock("li"),), LaneMemory(lockdown=True)),
        ((FORCED,), LaneMemory(break_in=True)),
        ((Broke("the relay"),), LaneMemory(fault="the relay")),
        ((Sensed(InputName.FIRE, True),), LaneMemory(fire=True)),
        ((Hold("li"),), LaneMemory(held_by="li")),
        ((Lock("li"), Broke("the relay")), LaneMemory(lockdown=True, fault="the relay")),
        ((FORCED, Reset("li", "looked")), NOTHING),  # a person ended it
    ],
)
def test_what_must_not_be_forgotten_is_remembered_and_nothing_else(
    signals: tuple[Signal, ...], memory: LaneMemory
) -> None:
    assert remember(after(*signals)) == memory


IN_FORCE: dict[str, tuple[Signal, Callable[[LaneState], bool]]] = {
    "a lockdown": (Lock("li"), lambda state: state.lockdown and state.phase is Phase.LOCKED),
    "a break-in alarm": (FORCED, lambda state: state.break_in is not None and state.phase is Phase.FORCED),
    "a release for a fire": (Sensed(InputName.FIRE, True), lambda state: state.phase is Phase.FIRE),
}


@pytest.mark.parametrize("what", IN_FORCE)
def test_a_restart_ends_nothing_that_a_person_has_to_end(what: str) -> None:
    signal, in_force = IN_FORCE[what]
    state = after(signal)
    assert in_force(state)
    for _ in range(3):
        state = restarted(state)
        assert in_force(state)


def test_a_hold_ends_with_its_process() -> None:
    state = restarted(after(Hold("li")))
    assert state.phase is not Phase.HELD_OPEN_BY_STAFF
    assert remember(state) == NOTHING


def test_a_button_that_was_stuck_is_not_pressed_by_a_restart() -> None:
    pressed = frozenset({InputName.OVERRIDE})
    fresh = after(active=pressed)
    assert fresh.phase is Phase.OPENING, "a button held down during a start counts as pressed"
    stuck = after(active=pressed, remembered=replace(NOTHING, stuck=(InputName.OVERRIDE,)))
    assert stuck.phase is Phase.CLOSED
    released = step(stuck, Sensed(InputName.OVERRIDE, False), 102.0)[0]
    assert remember(released).stuck == ()
    assert step(released, Sensed(InputName.OVERRIDE, True), 103.0)[0].phase is Phase.OPENING


def test_an_input_that_stays_active_is_remembered_as_stuck() -> None:
    state = after(Sensed(InputName.OVERRIDE, True))
    state, _ = step(state, Tick(), 102.0 + LOCK.stuck_time)
    assert remember(state).stuck == (InputName.OVERRIDE,)
