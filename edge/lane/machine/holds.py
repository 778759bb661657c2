"""Holds: the staff keep a barrier open, by name, for a while or until they end it."""

from __future__ import annotations

from edge.lane.machine.closing import close_or_wait, what_blocks
from edge.lane.machine.motion import open_for, stop_standing_open
from edge.lane.machine.signals import Cause, LaneEvent, LanePrompt
from edge.lane.machine.state import STANDS_OPEN, Phase
from edge.lane.machine.transition import Turn


def hold(turn: Turn, cause: Cause, by: str, seconds: float | None) -> None:
    """Hold it open for `seconds` (None: until it is ended). Not in a fire, which does so already, nor in a
    lockdown, which is there to keep it shut.
    """
    state = turn.state
    refused = "fire" if state.phase is Phase.FIRE else "locked" if state.lockdown else ""
    if refused:
        turn.record(LaneEvent.PROPPED, by=by, refused=refused)
        if state.lockdown:
            turn.prompt(LanePrompt.LOCKED)
        return
    if state.phase is Phase.PROPPED and state.cause is Cause.STAFF and cause is not Cause.STAFF:
        return  # somebody holds it by name already
    if state.in_the_swing and state.barrier.halts and state.phase not in STANDS_OPEN - {Phase.HALTED}:
        turn.record(LaneEvent.OBSTRUCTED, by=what_blocks(state))
        turn.record(LaneEvent.PROPPED, by=by, waits="for a clear swing")
        ends = None if seconds is None else turn.now + seconds
        turn.become(cause=cause, held_by=by, holds=True, hold_resumes=ends)
        turn.enter(Phase.HALTED, state.barrier.held_time)
        return
    if state.phase not in STANDS_OPEN - {Phase.WARNING, Phase.HALTED}:
        open_for(turn, cause)
        turn.become(release=state.release)  # the hold itself releases a lock, and no longer than it lasts
    elif not state.barrier.powered and state.release is None:
        turn.opened(cause)  # its door stands open, and its line is driven again
    turn.record(LaneEvent.PROPPED, by=by, **({} if seconds is None else {"seconds": f"{seconds:g}"}))
    turn.become(cause=cause, held_by=by)
    turn.enter(Phase.PROPPED, seconds)
    if state.barrier.powered and state.seen_shut:
        turn.become(stand_by=turn.now + state.barrier.travel)


def end_hold(turn: Turn, by: str, **details: str) -> None:
    """The hold is over: the barrier closes as after an ordinary opening."""
    turn.record(LaneEvent.PROP_ENDED, by=by, **details)
    stop_standing_open(turn)


def end_hold_now(turn: Turn, by: str) -> None:
    """A lockdown: the barrier closes at once, as far as it has arrived and its way is clear."""
    end_hold(turn, by, why="locked")
    if not turn.state.barrier.powered:
        return
    rises_until = turn.state.raised + turn.state.barrier.travel
    if turn.now < rises_until:
        turn.become(until=rises_until)
    else:
        close_or_wait(turn)
