"""The relays that move a barrier: which impulse opens it, which closes it, and what is halted first."""

from __future__ import annotations

from edge.boards.format import Drive, OutputName
from edge.lane.machine.state import Phase
from edge.lane.machine.transition import Transition


def raise_it(transition: Transition) -> None:
    """Open, by an impulse where impulses do it; what is on its way down is halted first."""
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
    """End a closing impulse that is still on where the barrier has shut already: its motor must not be asked
    for more once something is there.
    """
    running = transition.state.impulse
    if running is not None and OutputName.RELAY_CLOSE in (running.relay, *running.then):
        transition.impulse()


def lower_it(transition: Transition) -> None:
    """Close, by an impulse where one does it; what may still be on its way up is halted first."""
    state, barrier = transition.state, transition.state.barrier
    transition.become(lowered=transition.now)
    may_rise = state.phase in {Phase.CLOSED, Phase.WARNING} or transition.now < state.raised + barrier.travel
    if barrier.drive is Drive.UP_STOP_DOWN and may_rise:
        transition.impulse(OutputName.RELAY_STOP, OutputName.RELAY_CLOSE)
    elif barrier.lowered:
        transition.impulse(OutputName.RELAY_CLOSE)
