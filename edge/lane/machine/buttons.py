"""Handles the buttons: the staff's override, the silent duress button, and the exit request."""

from __future__ import annotations

import msgspec

from edge.boards.format import InputName
from edge.decision import Direction
from edge.journal.format import LaneDuress, LaneExitRequested, LaneOverride, LaneOverrideAbuse
from edge.lane.machine.holds import end_hold, hold
from edge.lane.machine.interlock import request_opening
from edge.lane.machine.motion import let_through
from edge.lane.machine.signals import Cause
from edge.lane.machine.state import Button, Credit, Phase
from edge.lane.machine.transition import Transition, recent

ABUSE_PRESSES = 6
ABUSE_WINDOW = 60.0
"""This many presses of the override button within this many seconds raise an alarm."""


def on_button(transition: Transition, line: InputName, pressed: bool) -> None:
    if line is InputName.OVERRIDE:
        _on_override(transition, pressed)
    elif pressed and line is InputName.EXIT_REQUEST:
        transition.record(LaneExitRequested())
        request_opening(transition, Credit("", Cause.EXIT_REQUEST, Direction.EXIT))
    elif pressed:
        _on_duress(transition)


def _on_duress(transition: Transition) -> None:
    """Open like the override: nobody at the gate may see or hear that this press raised an alarm.

    Each press is written down at once; and where the override button, pressed as often, would have left
    something else, that too: its presses and these are counted together.
    """
    button = transition.state.button
    usual = _counted(transition)
    counts_alone = isinstance(usual, LaneOverride)
    transition.record(LaneDuress(transition.state.on_shift, folded=not counts_alone))
    if usual is not None and not counts_alone:
        transition.record(usual)
    counted = transition.state.button
    transition.become(button=msgspec.structs.replace(counted, down=button.down, held=button.held))
    let_through(transition, Credit("", Cause.DURESS, None))


def _on_override(transition: Transition, pressed: bool) -> None:
    button, now = transition.state.button, transition.now
    if not pressed:
        transition.become(button=msgspec.structs.replace(button, down=None, held=False))
        return
    usual = _counted(transition)
    if usual is not None:
        transition.record(usual)
    transition.become(button=msgspec.structs.replace(transition.state.button, down=now, held=False))
    if transition.state.phase is Phase.HELD_OPEN_BY_STAFF and transition.state.cause is Cause.OVERRIDE:
        end_hold(transition, "override")  # the press that ends the hold lets the next person through as well
    let_through(transition, Credit("", Cause.OVERRIDE, None))


def _counted(transition: Transition) -> LaneOverride | LaneOverrideAbuse | None:
    """Count a press of the staff's buttons; what the override button leaves for it (None: nothing now)."""
    state, now = transition.state, transition.now
    button = state.button
    presses = (*recent(button.presses, now - ABUSE_WINDOW), now)
    if button.abused is not None:
        transition.become(button=msgspec.structs.replace(button, folded=button.folded + 1))
        return None
    if len(presses) >= ABUSE_PRESSES:
        transition.become(button=Button(abused=now + ABUSE_WINDOW))
        return LaneOverrideAbuse(presses=len(presses), shift=state.on_shift)
    transition.become(button=msgspec.structs.replace(button, presses=presses))
    return LaneOverride(shift=state.on_shift)


def end_abuse(transition: Transition) -> None:
    button = transition.state.button
    if button.folded:
        transition.record(LaneOverride(presses=button.folded, shift=transition.state.on_shift))
    transition.become(button=msgspec.structs.replace(button, abused=None, folded=0, presses=()))


def long_press(transition: Transition) -> None:
    transition.become(button=msgspec.structs.replace(transition.state.button, held=True))
    if transition.state.phase is not Phase.FIRE:
        hold(
            transition,
            Cause.OVERRIDE,
            transition.state.on_shift or "override",
            transition.state.barrier.hold_time,
        )
