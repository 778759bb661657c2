"""Closes a powered barrier, and keeps it from closing onto somebody.

One rule: no barrier is let go or begins to close before the way has been clear for `clear_time`. One that
meets somebody on its way down opens again, whatever its contact says, but not endlessly.
"""

from __future__ import annotations

from edge.boards.format import Drive, InputName, OutputName
from edge.journal.format import LaneFault, LaneHeldTooLong, LaneObstructed
from edge.lane.machine.driving import lower_it, raise_it
from edge.lane.machine.settling import settle
from edge.lane.machine.signals import Cause, LanePrompt
from edge.lane.machine.state import IN_THE_WAY, LaneState, Phase
from edge.lane.machine.transition import Transition

MOST_REVERSALS = 5
"""After this many attempts to close within one opening, the way must be clear for longer (`held_time`). After
as many again the barrier is out of order and stays open until a person resets it."""


def close_or_wait(transition: Transition) -> None:
    """Close the barrier if its way has been clear for long enough; else wait. One that is out of order waits
    for a person; one that closes without anybody having asked warns first.
    """
    state = transition.state
    if state.out_of_order and state.barrier.drive is not Drive.PULSE:
        transition.enter(Phase.HELD_TOO_LONG)
    elif state.blocked:
        _wait_for_the_way(transition)
    elif state.clear_at_last() > transition.now:
        transition.become(until=state.clear_at_last())
    elif state.warns and state.phase is not Phase.WARNING:
        transition.enter(Phase.WARNING, state.barrier.warning)
    else:
        lower_it(transition)
        transition.become(warns=False)
        transition.enter(Phase.CLOSING, state.barrier.travel)


def _wait_for_the_way(transition: Transition) -> None:
    state = transition.state
    if state.out_of_order:
        settle(transition)
        transition.become(cause=None)
        transition.enter(Phase.FAULT)  # nothing keeps it open any longer: its own controller closes it
        return
    if state.phase is not Phase.OBSTRUCTED:
        transition.record(LaneObstructed(by=what_blocks(state)))
        transition.prompt(LanePrompt.CLEAR_THE_WAY)
    transition.enter(Phase.OBSTRUCTED, state.barrier.held_time)


def warn_and_close(transition: Transition) -> None:
    """Close a barrier that nobody asked to close: it warns first, and waits for a clear way."""
    transition.become(warns=True)
    if transition.state.barrier.lowered or transition.state.phase is Phase.HELD_TOO_LONG:
        transition.enter(Phase.WARNING, transition.state.barrier.warning)
    else:
        comes_down(transition)  # without its relay it is closing already


def comes_down(transition: Transition) -> None:
    """Go on closing a barrier on its way down, by command or not; reverse if somebody is in its way."""
    if transition.state.blocked:
        reverse(transition)
    else:
        transition.become(warns=False)
        transition.enter(Phase.CLOSING, transition.state.barrier.travel)


def reverse(transition: Transition) -> None:
    """Open again: it was closing, or stands half-way in a fault, and something is in its way."""
    state = transition.state
    if state.out_of_order and state.barrier.drive is Drive.PULSE:
        transition.enter(Phase.FAULT)  # its own controller turns it round, or nothing does
        return
    transition.record(LaneObstructed(by=what_blocks(state)))
    transition.opened(Cause.OBSTACLE)
    transition.prompt(LanePrompt.CLEAR_THE_WAY)
    raise_it(transition)
    transition.become(reversals=state.reversals + 1, fault="")
    if state.out_of_order:
        transition.enter(Phase.HELD_TOO_LONG)
        return
    transition.enter(Phase.OBSTRUCTED, state.barrier.held_time)
    if transition.state.reversals >= 2 * MOST_REVERSALS:
        put_out_of_order(transition, f"began to close {transition.state.reversals} times and could not")


def way_clears(transition: Transition) -> None:
    """The way is clear: let it close, or go on opening, after `clear_time`."""
    state, barrier = transition.state, transition.state.barrier
    if state.phase in {Phase.OBSTRUCTED, Phase.HELD_TOO_LONG} and not state.out_of_order:
        patient = state.reversals >= MOST_REVERSALS
        transition.become(clear_at=transition.now + (barrier.held_time if patient else barrier.clear_time))
    elif state.phase is Phase.HALTED:
        transition.become(clear_at=transition.now + barrier.clear_time)


def put_out_of_order(transition: Transition, what: str) -> None:
    """Put the lane out of order until a person resets it; it still opens for anyone who is let through."""
    transition.record(LaneFault(what=what))
    transition.prompt(LanePrompt.OUT_OF_ORDER)
    transition.become(out_of_order=what)
    if transition.state.barrier.drive is Drive.PULSE:
        settle(transition)
        transition.become(cause=None, fault=what)
        transition.enter(Phase.FAULT)
    else:
        transition.enter(Phase.HELD_TOO_LONG)  # never let go onto what is in its way


def hold_too_long(transition: Transition) -> None:
    """Raise the alarm of a barrier that stands open for too long; settle those who were let through."""
    transition.record(LaneHeldTooLong(blocked=what_blocks(transition.state)))
    if not transition.state.barrier.powered:
        settle(transition)
    clear_at = transition.state.clear_at
    transition.enter(Phase.HELD_TOO_LONG)
    transition.become(clear_at=clear_at)


def fault(transition: Transition, what: str) -> None:
    """Enter a fault: the barrier did not follow its relays. With somebody in its way it stays up, or opens,
    until they have gone; its holding relay is not released before.
    """
    transition.record(LaneFault(what=what))
    transition.prompt(LanePrompt.OUT_OF_ORDER)
    settle(transition)
    state = transition.state
    transition.become(cause=None, fault=what)
    if not state.barrier.powered:
        transition.enter(Phase.FAULT)
    elif state.blocked or (state.held_up and state.clear_at_last() > transition.now):
        _stay_up(transition)
    elif state.held_up:
        transition.enter(
            Phase.CLOSING, state.barrier.travel
        )  # its relay releases it: watched like any closing
    else:
        if state.barrier.halts and not state.about_to_open:
            transition.impulse(OutputName.RELAY_STOP)
        transition.enter(Phase.FAULT)


def _stay_up(transition: Transition) -> None:
    state = transition.state
    if state.phase in {Phase.CLOSING, Phase.WARNING, Phase.FAULT}:
        transition.opened(Cause.OBSTACLE)
        raise_it(transition)
    transition.enter(Phase.OBSTRUCTED, state.barrier.held_time)
    if not state.blocked:
        transition.become(clear_at=state.clear_at_last())


def what_blocks(state: LaneState) -> str:
    return " ".join(line.value for line in InputName if line in IN_THE_WAY and line in state.active)
