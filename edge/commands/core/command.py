"""The commands that central may send to a gate, and their results. PURE.

A command is signed by a command key, which the root authorised, over its topic; the gate verifies it itself,
whichever broker or sync process carried it. It is never retained, is valid for a short time only, and its
nonce can be used once.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.signing.cose import (
    CborLimits,
    Keys,
    Microseconds,
    Name,
    Nonce,
    ShortText,
    Text,
    decode,
    downward,
    unseal,
)

MOST_COMMAND_BYTES = 2048

_LIMITS = CborLimits(MOST_COMMAND_BYTES, depth=2, items=32)


class CommandKind(StrEnum):
    """The kinds of command. Once released, a kind keeps its meaning."""

    OPEN_ONCE = "open_once"
    SET_MODE = "set_mode"  # argument: the mode
    LOCK_DOWN = "lock_down"
    LIFT_LOCK_DOWN = "lift_lock_down"
    RESET_LANE = "reset_lane"  # argument: why; ends a break-in alarm, a fault, the release after a fire
    SEND_DIAGNOSTICS = "send_diagnostics"
    TAKE_UPDATE = "take_update"  # argument: the version


class CommandOutcome(StrEnum):
    """What became of a command."""

    DONE = "done"
    FAILED = "failed"
    REPEATED = "repeated"  # refused: this nonce was used
    LATE = "late"  # refused: it expired, or is from the future
    UNKNOWN = "unknown"  # refused: this gate has no such command
    UNAVAILABLE = "unavailable"  # refused: the gate's store cannot tell whether it was used before


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One command. `actor` names the person who gives it. Times in microseconds since 1970 UTC;
    it is valid from `issued` until `expires` (exclusive).
    """

    nonce: Nonce
    kind: CommandKind
    actor: Name
    issued: Microseconds
    expires: Microseconds
    argument: ShortText = ""


class CommandResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of the command with this nonce, at the gate's time `at`."""

    nonce: Nonce
    outcome: CommandOutcome
    at: Microseconds
    text: Text = ""


def command_topic(device: str) -> str:
    """The topic of commands to `device`."""
    return downward(device, "command")


def read_command(data: bytes, device: str, command_keys: Keys) -> Command:
    """The command in `data`, verified with the command keys; raises MessageRefused.

    The caller checks whether it is late or was used before.
    """
    topic = command_topic(device)
    payload = unseal(data, topic, command_keys, most_payload_bytes=MOST_COMMAND_BYTES)
    return decode(payload, Command, _LIMITS, where=topic)
