"""Tries a lamp or the buzzer by itself, while the lane rests and nobody is let through.

Relays are not tried so: what moves a barrier moves it as in operation, by an opening that somebody asked for.
"""

from __future__ import annotations

from edge.boards.format import RELAYS, OutputName
from edge.lane.machine.motion import waiting
from edge.lane.machine.signals import TryLine
from edge.lane.machine.state import LaneState, OutputTrial, Phase
from edge.lane.machine.transition import Transition

TRIAL_TIME = 3.0
"""Seconds for which a lamp blinks, or the buzzer sounds."""

TRIED = frozenset(OutputName) - RELAYS - {OutputName.INTERLOCK}
"""What can be tried by itself. The line to the other gate of a mantrap is not: it would lie."""


def busy_with(state: LaneState, now: float) -> str:
    """Why nothing is to be tried on this lane at `now`, as a code; empty: it rests, nobody is let through."""
    if state.phase is not Phase.CLOSED:
        return state.phase.value
    if state.break_in is not None:
        return "break_in"
    refuses = state.notice is not None and now < state.notice.until
    if waiting(state) or refuses or state.impulse is not None:
        return "in_use"
    return ""


def try_output(transition: Transition, signal: TryLine) -> None:
    """Begin a trial; nothing where the lane does not rest, or the output is not one to be tried."""
    if signal.output in TRIED and not busy_with(transition.state, transition.now):
        transition.become(trial=OutputTrial(signal.output, transition.now, transition.now + TRIAL_TIME))
