"""Ends alarms and faults, which last until a person resets them by name and with a reason.

A burglar presses the exit button too. So no button, no grant and no restart (`edge.lane.machine.memory`) ends
the alarm of a forced barrier: a person does, or the board's rule `break_in_ends`.
"""

from __future__ import annotations

from edge.boards.format import BreakInEnds
from edge.journal.format import LaneReset
from edge.lane.machine.closing import warn_and_close
from edge.lane.machine.fire import end_fire, may_be_reset
from edge.lane.machine.settling import rest
from edge.lane.machine.signals import Reset
from edge.lane.machine.state import RESTING, LaneState, Phase
from edge.lane.machine.transition import Transition


def reset(transition: Transition, signal: Reset) -> None:
    """End every alarm, fault and fire release that waits for a person, and record which."""
    ended = []
    if transition.state.break_in is not None:
        ended.append("break_in")
        _end_break_in(transition)
    if transition.state.out_of_order or transition.state.fault:
        ended.append("fault")
        _end_fault(transition)
    if may_be_reset(transition):
        ended.append("fire")
        end_fire(transition)
    transition.record(LaneReset(by=signal.by, reason=signal.reason, ended=" ".join(ended) or "nothing"))


def break_in_over_at(state: LaneState) -> float | None:
    """When the break-in alarm ends by the board's rule (monotonic seconds); None: not by time."""
    by_rule = state.barrier.break_in_ends is BreakInEnds.SHUT
    shut = state.phase in RESTING or (state.phase is Phase.FAULT and state.seen_shut)
    if state.break_in is None or not by_rule or not shut:
        return None
    return max(state.since, state.break_in) + state.barrier.break_in_shut


def end_break_in_by_rule(transition: Transition) -> None:
    reason = f"shut for {transition.state.barrier.break_in_shut:g} s"
    _end_break_in(transition)
    transition.record(LaneReset(by="rule", reason=reason, ended="break_in"))


def _end_break_in(transition: Transition) -> None:
    transition.become(break_in=None)
    if transition.state.phase is not Phase.FORCED:
        return
    if transition.state.barrier.powered:
        warn_and_close(transition)
    else:
        transition.enter(Phase.OPEN, transition.state.barrier.held_time)


def _end_fault(transition: Transition) -> None:
    state = transition.state
    transition.become(fault="", out_of_order="", reversals=0, renewals=0)
    if state.phase is Phase.FAULT:
        if state.seen_shut or not state.barrier.powered:
            rest(transition)
        else:
            warn_and_close(transition)
    elif state.phase is Phase.HELD_TOO_LONG and state.barrier.powered:
        warn_and_close(transition)
