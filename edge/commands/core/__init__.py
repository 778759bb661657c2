"""Commands and their results as values, and the rules for refusing a genuine command: `rules` says why one is
refused, `answered_refusals` how often that is answered. PURE.
"""

from edge.commands.core.answered_refusals import Refusals
from edge.commands.core.challenges import Challenges
from edge.commands.core.command import (
    MOST_COMMAND_BYTES,
    Command,
    CommandKind,
    CommandOutcome,
    CommandResult,
    SignedCommand,
    command_topic,
    read_command,
)
from edge.commands.core.entry_hold import (
    EntryHold,
    KeptHold,
    hold_again,
    hold_argument,
    hold_objection,
    hold_of,
)
from edge.commands.core.rules import Objection, mode_of, objection, order_objection

__all__ = [
    "MOST_COMMAND_BYTES",
    "Challenges",
    "Command",
    "CommandKind",
    "CommandOutcome",
    "CommandResult",
    "EntryHold",
    "KeptHold",
    "Objection",
    "Refusals",
    "SignedCommand",
    "command_topic",
    "hold_again",
    "hold_argument",
    "hold_objection",
    "hold_of",
    "mode_of",
    "objection",
    "order_objection",
    "read_command",
]
