"""Whether a genuine command is to be carried out now. PURE.

Genuine is not enough: a command that somebody kept, and lets through an hour later or twice, is refused.
"""

from __future__ import annotations

from edge.commands.core.command import Command, CommandKind, CommandOutcome
from edge.decision import ClockTrust, Mode, WallTime
from edge.journal.format import microseconds

LONGEST = 300_000_000
"""Microseconds that a command may hold; one that says more was not made by this centre."""
AHEAD = 30_000_000
"""Microseconds by which the centre's clock may be ahead of the gate's."""
_ASKS = {CommandKind.TAKE_UPDATE: "which version?", CommandKind.RESET_LANE: "why? A reset needs a reason"}
"""Commands that say nothing without an argument."""
AS_POLICY_SAYS = "policy"
"""The argument of `set_mode` that ends an earlier one."""


def objection(command: Command, wall: WallTime, *, used: bool) -> tuple[CommandOutcome, str] | None:
    """Why a command is refused, as its outcome and a text; None: it is to be carried out."""
    if used:
        return CommandOutcome.REPEATED, "this command was given before"
    if wall.trust is ClockTrust.UNTRUSTED:
        return CommandOutcome.LATE, "the gate's clock is not set: it cannot tell whether this is late"
    now, held = microseconds(wall.at), command.expires - command.issued
    if not 0 < held <= LONGEST:
        return CommandOutcome.LATE, f"holds for {held / 1e6:g} s: more than {LONGEST / 1e6:g}, or not at all"
    if now >= command.expires:
        return CommandOutcome.LATE, f"expired {(now - command.expires) / 1e6:g} s ago"
    if now < command.issued - AHEAD:
        return CommandOutcome.LATE, f"is to be given in {(command.issued - now) / 1e6:g} s"
    return _argument_objection(command)


def mode_of(command: Command) -> Mode | None:
    """The mode that `set_mode` asks for; None: as the policy says."""
    return None if command.argument == AS_POLICY_SAYS else Mode(command.argument)


def _argument_objection(command: Command) -> tuple[CommandOutcome, str] | None:
    if command.kind is CommandKind.SET_MODE:
        if command.argument not in {AS_POLICY_SAYS, *Mode}:
            return CommandOutcome.UNKNOWN, f"there is no mode {command.argument!r}"
    elif command.kind in _ASKS:
        if not command.argument.strip():
            return CommandOutcome.UNKNOWN, _ASKS[command.kind]
    elif command.argument:
        return CommandOutcome.UNKNOWN, f"{command.kind.value} takes no argument"
    return None
