"""Drives the relays that move a barrier: which impulse opens it, which closes it, what is halted first."""

from __future__ import annotations

from edge.boards.format import Drive, OutputName
from edge.lane.machine.state import Phase
from edge.lane.machine.transition import Transition


def raise_it(transition: Transition) -> None:
    """Open the barrier, by an impulse where it is driven by impulses; halt one on its way down first."""
    state, drive = transition.state, transition.state.barrier.drive
    turned = state.lowered > state.raised and transition.now < state.lowered + state.barrier.travel
    falls = state.phase is Phase.CLOSING or turned
    running = state.impulse
    halting = running is not None and running.relay is OutputName.RELAY_STOP
    transition.become(raised=transition.now)
    if drive is Drive.HOLD or (halting and state.about_to_open):
        return
    if drive is Drive.UP_STOP_DOWN and (falls or halting):
        transition.impulse(OutputName.RELAY_STOP, OutputName.RELAY_OPEN)
    else:
        transition.impulse(OutputName.RELAY_OPEN)


def stop_lowering(transition: Transition) -> None:
    """End a closing impulse that is still on although the barrier is shut: its motor must not push once
    something is in the way.
    """
    running = transition.state.impulse
    if running is not None and OutputName.RELAY_CLOSE in (running.relay, *running.then):
        transition.impulse()


def lower_it(transition: Transition) -> None:
    """Close the barrier, by an impulse where there is one; halt one that may still be rising first."""
    state, barrier = transition.state, transition.state.barrier
    transition.become(lowered=transition.now)
    may_rise = state.phase in {Phase.CLOSED, Phase.WARNING} or transition.now < state.raised + barrier.travel
    if barrier.drive is Drive.UP_STOP_DOWN and may_rise:
        transition.impulse(OutputName.RELAY_STOP, OutputName.RELAY_CLOSE)
    elif barrier.lowered:
        transition.impulse(OutputName.RELAY_CLOSE)
