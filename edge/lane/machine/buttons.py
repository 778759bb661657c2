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
        # Opens like the override: nobody at the gate may see or hear that this press raised an alarm.
        transition.record(LaneDuress(shift=transition.state.on_shift))
        let_through(transition, Credit("", Cause.DURESS, None))


def _on_override(transition: Transition, pressed: bool) -> None:
    button, now = transition.state.button, transition.now
    if not pressed:
        transition.become(button=msgspec.structs.replace(button, down=None, held=False))
        return
    presses = (*recent(button.presses, now - ABUSE_WINDOW), now)
    if button.abused is not None:
        transition.become(
            button=msgspec.structs.replace(button, down=now, held=False, folded=button.folded + 1)
        )
    elif len(presses) >= ABUSE_PRESSES:
        transition.record(LaneOverrideAbuse(presses=len(presses), shift=transition.state.on_shift))
        transition.become(button=Button(down=now, abused=now + ABUSE_WINDOW))
    else:
        transition.record(LaneOverride(shift=transition.state.on_shift))
        transition.become(button=msgspec.structs.replace(button, down=now, held=False, presses=presses))
    if transition.state.phase is Phase.HELD_OPEN_BY_STAFF and transition.state.cause is Cause.OVERRIDE:
        end_hold(transition, "override")  # the press that ends the hold lets the next person through as well
    let_through(transition, Credit("", Cause.OVERRIDE, None))


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
