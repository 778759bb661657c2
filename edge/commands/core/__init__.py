"""Commands and their results as values, and the rules for refusing a genuine command. PURE."""

from edge.commands.core.command import (
    MOST_COMMAND_BYTES,
    Command,
    CommandKind,
    CommandOutcome,
    CommandResult,
    command_topic,
    read_command,
)
from edge.commands.core.refusals import Refusals
from edge.commands.core.rules import mode_of, objection

__all__ = [
    "MOST_COMMAND_BYTES",
    "Command",
    "CommandKind",
    "CommandOutcome",
    "CommandResult",
    "Refusals",
    "command_topic",
    "mode_of",
    "objection",
    "read_command",
]
