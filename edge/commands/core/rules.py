"""Decides whether a genuine command is carried out now. PURE.

A valid signature is not enough: a command that somebody recorded and sends an hour later, twice, or after
one that was given later, is refused. Time tells the first, and where the gate has none to rely on, a
challenge does.
"""

from __future__ import annotations

from edge.commands.core.command import TOLERANCE, Command, CommandKind, CommandOutcome
from edge.commands.core.entry_hold import hold_objection
from edge.decision import ClockTrust, Mode, WallTime
from edge.journal.format import KnownOfCommand
from edge.signing.cose import microseconds

LONGEST = 300_000_000
"""Microseconds for which a command may be valid, at most; central never makes a longer one."""
_ASKS = {
    CommandKind.TAKE_UPDATE: "no version given",
    CommandKind.RESET_LANE: "no reason given: a reset needs one",
}
"""Commands that need an argument, and what to ask for where it is missing."""
AS_POLICY_SAYS = "policy"
"""The argument of `set_mode` that ends an earlier one."""


Objection = tuple[CommandOutcome, str]
"""Why a command is refused: its outcome and a text."""


def order_objection(command: Command, known: KnownOfCommand) -> Objection | None:
    """Why a command is refused for what was taken before it; None: it is new."""
    if known.used:
        return CommandOutcome.REPEATED, "this command was used before"
    if command.counter <= known.counter:
        text = f"a later one was taken: counter {command.counter}, expected more than {known.counter}"
        return CommandOutcome.OLDER, text
    return None


def objection(
    command: Command, wall: WallTime, known: KnownOfCommand, *, echoed: bool | None
) -> Objection | None:
    """Why a new command is refused; None: carry it out.

    `echoed`: whether it echoes a challenge that this gate has out; None: it has no challenge.
    """
    if echoed is None:
        refused = _doubt(command, wall, known) or _time_objection(command, wall)
    else:
        refused = (
            None if echoed else (CommandOutcome.UNSURE, "its challenge is not one that this gate has out")
        )
    return refused or _argument_objection(command)


def _doubt(command: Command, wall: WallTime, known: KnownOfCommand) -> Objection | None:
    """Why time cannot tell whether a command is played again; None: it can."""
    if wall.trust is ClockTrust.UNTRUSTED:
        return CommandOutcome.UNSURE, "the gate's clock is not set: it cannot tell whether this is late"
    if command.issued <= known.unknown_until:
        return CommandOutcome.UNSURE, "the gate's store was lost: it cannot tell what was used before"
    return None


def _time_objection(command: Command, wall: WallTime) -> Objection | None:
    now, held = microseconds(wall.at), command.expires - command.issued
    if not 0 < held <= LONGEST:
        return (
            CommandOutcome.LATE,
            f"valid for {held / 1e6:g} s, expected more than 0 and at most {LONGEST / 1e6:g} s",
        )
    if now >= command.expires + TOLERANCE:
        return CommandOutcome.LATE, f"expired {(now - command.expires) / 1e6:g} s ago"
    if now < command.issued - TOLERANCE:
        return CommandOutcome.LATE, f"issued {(command.issued - now) / 1e6:g} s in the future"
    return None


def mode_of(command: Command) -> Mode | None:
    """The mode that `set_mode` asks for; None: as the policy says."""
    return None if command.argument == AS_POLICY_SAYS else Mode(command.argument)


def _argument_objection(command: Command) -> Objection | None:
    if command.kind is CommandKind.SET_MODE:
        if command.argument not in {AS_POLICY_SAYS, *Mode}:
            return CommandOutcome.UNKNOWN, f"there is no mode {command.argument!r}"
    elif command.kind is CommandKind.HOLD_ENTRIES:
        wrong = hold_objection(command.argument, command.issued)
        return (CommandOutcome.UNKNOWN, str(wrong)) if wrong else None
    elif command.kind in _ASKS:
        if not command.argument.strip():
            return CommandOutcome.UNKNOWN, _ASKS[command.kind]
    elif command.argument:
        return CommandOutcome.UNKNOWN, f"{command.kind.value} takes no argument"
    return None
