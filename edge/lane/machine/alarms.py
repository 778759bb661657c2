"""Alarms and faults that last until a person, by name and with a reason, has looked.

A burglar presses the exit button too. So no button and no grant ends the alarm of a barrier that was forced,
and no restart (`edge.lane.machine.memory`): a person does, or the rule that the board states.
"""

from __future__ import annotations

from edge.boards.format.kinds import BreakInEnds
from edge.lane.machine.closing import warn_and_close
from edge.lane.machine.fire import end_fire, may_be_reset
from edge.lane.machine.settling import rest
from edge.lane.machine.signals import LaneEvent, Reset
from edge.lane.machine.state import RESTING, LaneState, Phase
from edge.lane.machine.transition import Turn


def reset(turn: Turn, signal: Reset) -> None:
    """End what waits for a person, and say what that was."""
    ended = []
    if turn.state.break_in is not None:
        ended.append("break_in")
        _end_break_in(turn)
    if turn.state.out_of_order or turn.state.fault:
        ended.append("fault")
        _end_fault(turn)
    if may_be_reset(turn):
        ended.append("fire")
        end_fire(turn)
    turn.record(LaneEvent.RESET, by=signal.by, reason=signal.reason, ended=" ".join(ended) or "nothing")


def break_in_over_at(state: LaneState) -> float | None:
    """When the alarm ends by the board's rule: the barrier has been shut for long enough."""
    by_rule = state.barrier.break_in_ends is BreakInEnds.SHUT
    shut = state.phase in RESTING or (state.phase is Phase.FAULT and state.seen_shut)
    if state.break_in is None or not by_rule or not shut:
        return None
    return max(state.since, state.break_in) + state.barrier.break_in_shut


def end_break_in_by_rule(turn: Turn) -> None:
    reason = f"shut for {turn.state.barrier.break_in_shut:g} s"
    _end_break_in(turn)
    turn.record(LaneEvent.RESET, by="rule", reason=reason, ended="break_in")


def _end_break_in(turn: Turn) -> None:
    turn.become(break_in=None)
    if turn.state.phase is not Phase.FORCED:
        return
    if turn.state.barrier.powered:
        warn_and_close(turn)
    else:
        turn.enter(Phase.OPEN, turn.state.barrier.held_time)


def _end_fault(turn: Turn) -> None:
    state = turn.state
    turn.become(fault="", out_of_order="", reversals=0, renewals=0)
    if state.phase is Phase.FAULT:
        if state.seen_shut or not state.barrier.powered:
            rest(turn)
        else:
            warn_and_close(turn)
    elif state.phase is Phase.HELD_OPEN and state.barrier.powered:
        warn_and_close(turn)
