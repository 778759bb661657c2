"""A command and its result as values, and whether a genuine command is to be carried out now. PURE."""

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
