"""Decides whether a genuine command is carried out now. PURE.

A valid signature is not enough: a command that somebody recorded and sends an hour later, or twice, is
refused.
"""

from __future__ import annotations

from edge.commands.core.command import Command, CommandKind, CommandOutcome
from edge.decision import ClockTrust, Mode, WallTime
from edge.signing.cose import microseconds

LONGEST = 300_000_000
"""Microseconds for which a command may be valid, at most; central never makes a longer one."""
AHEAD = 30_000_000
"""Microseconds by which central's clock may be ahead of the gate's."""
_ASKS = {
    CommandKind.TAKE_UPDATE: "no version given",
    CommandKind.RESET_LANE: "no reason given: a reset needs one",
}
"""Commands that need an argument, and what to ask for where it is missing."""
AS_POLICY_SAYS = "policy"
"""The argument of `set_mode` that ends an earlier one."""


def objection(command: Command, wall: WallTime, *, used: bool) -> tuple[CommandOutcome, str] | None:
    """Why a command is refused, as its outcome and a text; None: carry it out."""
    if used:
        return CommandOutcome.REPEATED, "this command was used before"
    if wall.trust is ClockTrust.UNTRUSTED:
        return CommandOutcome.LATE, "the gate's clock is not set: it cannot tell whether this is late"
    now, held = microseconds(wall.at), command.expires - command.issued
    if not 0 < held <= LONGEST:
        return (
            CommandOutcome.LATE,
            f"valid for {held / 1e6:g} s, expected more than 0 and at most {LONGEST / 1e6:g} s",
        )
    if now >= command.expires:
        return CommandOutcome.LATE, f"expired {(now - command.expires) / 1e6:g} s ago"
    if now < command.issued - AHEAD:
        return CommandOutcome.LATE, f"issued {(command.issued - now) / 1e6:g} s in the future"
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
