"""The staff's button, the agreed second one, and the button of those who leave."""

from __future__ import annotations

import msgspec

from edge.boards.format.board import InputName
from edge.decision.evidence import Direction
from edge.lane.machine.holds import end_hold, hold
from edge.lane.machine.interlock import ask
from edge.lane.machine.motion import let_through
from edge.lane.machine.signals import Cause, LaneEvent
from edge.lane.machine.state import Button, Credit, Phase
from edge.lane.machine.transition import Turn, recent

ABUSE_PRESSES = 6
ABUSE_WINDOW = 60.0
"""So many presses of the override button in so many seconds are an alarm."""


def on_button(turn: Turn, line: InputName, pressed: bool) -> None:
    if line is InputName.OVERRIDE:
        _on_override(turn, pressed)
    elif pressed and line is InputName.EXIT_REQUEST:
        turn.record(LaneEvent.EXIT_REQUESTED)
        ask(turn, Credit("", Cause.EXIT_REQUEST, Direction.EXIT))
    elif pressed:
        # Opens like the override; nothing that can be seen or heard at the gate tells the two apart.
        turn.record(LaneEvent.DURESS, shift=turn.state.on_shift)
        let_through(turn, Credit("", Cause.DURESS, None))


def _on_override(turn: Turn, pressed: bool) -> None:
    button, now = turn.state.button, turn.now
    if not pressed:
        turn.become(button=msgspec.structs.replace(button, down=None, held=False))
        return
    presses = (*recent(button.presses, now - ABUSE_WINDOW), now)
    if button.abused is not None:
        turn.become(button=msgspec.structs.replace(button, down=now, held=False, folded=button.folded + 1))
    elif len(presses) >= ABUSE_PRESSES:
        turn.record(LaneEvent.OVERRIDE_ABUSE, presses=str(len(presses)), shift=turn.state.on_shift)
        turn.become(button=Button(down=now, abused=now + ABUSE_WINDOW))
    else:
        turn.record(LaneEvent.OVERRIDE, shift=turn.state.on_shift)
        turn.become(button=msgspec.structs.replace(button, down=now, held=False, presses=presses))
    if turn.state.phase is Phase.PROPPED and turn.state.cause is Cause.OVERRIDE:
        end_hold(turn, "override")  # the press that ends the hold lets the next person through as well
    let_through(turn, Credit("", Cause.OVERRIDE, None))


def end_abuse(turn: Turn) -> None:
    button = turn.state.button
    if button.folded:
        turn.record(LaneEvent.OVERRIDE, presses=str(button.folded), shift=turn.state.on_shift)
    turn.become(button=msgspec.structs.replace(button, abused=None, folded=0, presses=()))


def long_press(turn: Turn) -> None:
    turn.become(button=msgspec.structs.replace(turn.state.button, held=True))
    if turn.state.phase is not Phase.FIRE:
        hold(turn, Cause.OVERRIDE, turn.state.on_shift or "override", turn.state.barrier.hold_time)
