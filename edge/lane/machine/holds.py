"""Holds the barrier open for the staff, by name, for a time or until they end it."""

from __future__ import annotations

from edge.journal.format import LaneHeldOpenByStaff, LaneHoldEnded, LaneObstructed
from edge.lane.machine.closing import close_or_wait, what_blocks
from edge.lane.machine.motion import open_for, stop_standing_open
from edge.lane.machine.signals import Cause, LanePrompt
from edge.lane.machine.state import STANDS_OPEN, Phase
from edge.lane.machine.transition import Transition


def hold(transition: Transition, cause: Cause, by: str, seconds: float | None) -> None:
    """Hold it open for `seconds` (None: until it is ended). Refused in a fire, which holds it open already,
    and in a lockdown, which keeps it shut.
    """
    state = transition.state
    refused = "fire" if state.phase is Phase.FIRE else "locked" if state.lockdown else ""
    if refused:
        transition.record(LaneHeldOpenByStaff(by=by, refused=refused))
        if state.lockdown:
            transition.prompt(LanePrompt.LOCKED)
        return
    if state.phase is Phase.HELD_OPEN_BY_STAFF and state.cause is Cause.STAFF and cause is not Cause.STAFF:
        return  # somebody holds it by name already
    if state.in_the_swing and state.barrier.halts and state.phase not in STANDS_OPEN - {Phase.HALTED}:
        transition.record(LaneObstructed(by=what_blocks(state)))
        transition.record(LaneHeldOpenByStaff(by=by, waits="for a clear swing"))
        ends = None if seconds is None else transition.now + seconds
        transition.become(cause=cause, held_by=by, holds=True, hold_resumes=ends)
        transition.enter(Phase.HALTED, state.barrier.held_time)
        return
    if state.phase not in STANDS_OPEN - {Phase.WARNING, Phase.HALTED}:
        open_for(transition, cause)
        transition.become(
            release=state.release
        )  # the hold itself releases a lock, and no longer than it lasts
    elif not state.barrier.powered and state.release is None:
        transition.opened(cause)  # its door stands open, and its line is driven again
    transition.record(LaneHeldOpenByStaff(by=by, seconds=seconds))
    transition.become(cause=cause, held_by=by)
    transition.enter(Phase.HELD_OPEN_BY_STAFF, seconds)
    if state.barrier.powered and state.seen_shut:
        transition.become(stand_by=transition.now + state.barrier.travel)


def end_hold(transition: Transition, by: str, *, held_by: str = "", why: str = "") -> None:
    """End the hold: the barrier closes as after an ordinary opening."""
    transition.record(LaneHoldEnded(by=by, held_by=held_by, why=why))
    stop_standing_open(transition)


def end_hold_now(transition: Transition, by: str) -> None:
    """End the hold for a lockdown: close at once if the barrier is fully open and its way is clear."""
    end_hold(transition, by, why="locked")
    if not transition.state.barrier.powered:
        return
    rises_until = transition.state.raised + transition.state.barrier.travel
    if transition.now < rises_until:
        transition.become(until=rises_until)
    else:
        close_or_wait(transition)
