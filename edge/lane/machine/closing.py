"""How a powered barrier comes down, and what keeps it from it.

One rule: nothing is let go, and nothing begins to close, before the way was clear for `clear_time`; what is
on its way down and meets somebody turns round, whatever its contact says; and it does so not without end.
"""

from __future__ import annotations

from edge.boards.format.board import InputName, OutputName
from edge.boards.format.kinds import Drive
from edge.lane.machine.driving import lower_it, raise_it
from edge.lane.machine.settling import settle
from edge.lane.machine.signals import Cause, LaneEvent, LanePrompt
from edge.lane.machine.state import IN_THE_WAY, LaneState, Phase
from edge.lane.machine.transition import Turn

MOST_REVERSALS = 5
"""So often a barrier tries to close within one opening; then what is in its way must be gone for longer.
After as many again it stays open until a person has looked."""


def close_or_wait(turn: Turn) -> None:
    """Close a barrier whose way has been clear for long enough; else wait. One that is out of order waits for
    a person; one that nobody asked to close warns first.
    """
    state = turn.state
    if state.out_of_order and state.barrier.drive is not Drive.PULSE:
        turn.enter(Phase.HELD_OPEN)
    elif state.blocked:
        _wait_for_the_way(turn)
    elif state.clear_at_last() > turn.now:
        turn.become(until=state.clear_at_last())
    elif state.warns and state.phase is not Phase.WARNING:
        turn.enter(Phase.WARNING, state.barrier.warning)
    else:
        lower_it(turn)
        turn.become(warns=False)
        turn.enter(Phase.CLOSING, state.barrier.travel)


def _wait_for_the_way(turn: Turn) -> None:
    state = turn.state
    if state.out_of_order:
        settle(turn)
        turn.become(cause=None)
        turn.enter(Phase.FAULT)  # nothing keeps it open any more: its own controller closes it
        return
    if state.phase is not Phase.OBSTRUCTED:
        turn.record(LaneEvent.OBSTRUCTED, by=what_blocks(state))
        turn.prompt(LanePrompt.CLEAR_THE_WAY)
    turn.enter(Phase.OBSTRUCTED, state.barrier.held_time)


def warn_and_close(turn: Turn) -> None:
    """Close a barrier that nobody asked to close: it warns first, and waits for a clear way."""
    turn.become(warns=True)
    if turn.state.barrier.lowered or turn.state.phase is Phase.HELD_OPEN:
        turn.enter(Phase.WARNING, turn.state.barrier.warning)
    else:
        comes_down(turn)  # without its relay it is closing already


def comes_down(turn: Turn) -> None:
    """It is on its way down, told or not: somebody in its way turns it round at once."""
    if turn.state.blocked:
        reverse(turn)
    else:
        turn.become(warns=False)
        turn.enter(Phase.CLOSING, turn.state.barrier.travel)


def reverse(turn: Turn) -> None:
    """It closes, or lies half-way in a fault, and something is there: open again, but not for ever."""
    state = turn.state
    if state.out_of_order and state.barrier.drive is Drive.PULSE:
        turn.enter(Phase.FAULT)  # its own controller turns it round, or nothing does
        return
    turn.record(LaneEvent.OBSTRUCTED, by=what_blocks(state))
    turn.opened(Cause.OBSTACLE)
    turn.prompt(LanePrompt.CLEAR_THE_WAY)
    raise_it(turn)
    turn.become(reversals=state.reversals + 1, fault="")
    if state.out_of_order:
        turn.enter(Phase.HELD_OPEN)
        return
    turn.enter(Phase.OBSTRUCTED, state.barrier.held_time)
    if turn.state.reversals >= 2 * MOST_REVERSALS:
        put_out_of_order(turn, f"began to close {turn.state.reversals} times and could not")


def way_clears(turn: Turn) -> None:
    """Nothing is in the way any more: it may close, or go on opening, after a while."""
    state, barrier = turn.state, turn.state.barrier
    if state.phase in {Phase.OBSTRUCTED, Phase.HELD_OPEN} and not state.out_of_order:
        patient = state.reversals >= MOST_REVERSALS
        turn.become(clear_at=turn.now + (barrier.held_time if patient else barrier.clear_time))
    elif state.phase is Phase.HALTED:
        turn.become(clear_at=turn.now + barrier.clear_time)


def put_out_of_order(turn: Turn, what: str) -> None:
    """It does no more by itself until a person has looked; it still opens for whoever is let through."""
    turn.record(LaneEvent.FAULT, what=what)
    turn.prompt(LanePrompt.OUT_OF_ORDER)
    turn.become(out_of_order=what)
    if turn.state.barrier.drive is Drive.PULSE:
        settle(turn)
        turn.become(cause=None, fault=what)
        turn.enter(Phase.FAULT)
    else:
        turn.enter(Phase.HELD_OPEN)  # never let go onto what is in its way


def hold_too_long(turn: Turn) -> None:
    """It stands open for longer than it may: an alarm. Whoever was let through has gone, or does not come."""
    turn.record(LaneEvent.HELD_OPEN, blocked=what_blocks(turn.state))
    if not turn.state.barrier.powered:
        settle(turn)
    clear_at = turn.state.clear_at
    turn.enter(Phase.HELD_OPEN)
    turn.become(clear_at=clear_at)


def fault(turn: Turn, what: str) -> None:
    """The barrier did not do what it was told. With somebody in its way it stays, or goes, up until they have
    gone; a relay that holds it is not let go before.
    """
    turn.record(LaneEvent.FAULT, what=what)
    turn.prompt(LanePrompt.OUT_OF_ORDER)
    settle(turn)
    state = turn.state
    turn.become(cause=None, fault=what)
    if not state.barrier.powered:
        turn.enter(Phase.FAULT)
    elif state.blocked or (state.held_up and state.clear_at_last() > turn.now):
        _stay_up(turn)
    elif state.held_up:
        turn.enter(Phase.CLOSING, state.barrier.travel)  # its relay lets go: watched like any closing
    else:
        if state.barrier.halts and not state.about_to_open:
            turn.impulse(OutputName.RELAY_STOP)
        turn.enter(Phase.FAULT)


def _stay_up(turn: Turn) -> None:
    state = turn.state
    if state.phase in {Phase.CLOSING, Phase.WARNING, Phase.FAULT}:
        turn.opened(Cause.OBSTACLE)
        raise_it(turn)
    turn.enter(Phase.OBSTRUCTED, state.barrier.held_time)
    if not state.blocked:
        turn.become(clear_at=state.clear_at_last())


def what_blocks(state: LaneState) -> str:
    return " ".join(line.value for line in InputName if line in IN_THE_WAY and line in state.active)
