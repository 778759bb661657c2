"""The commands that central may send to a gate, and their results. PURE.

A command is signed by a command key, which the root authorised, over its topic; the gate verifies it itself,
whichever broker or sync process carried it. It is never retained, is valid for a short time only, its nonce
can be used once, and an issuer (the key that signed) counts what it orders: what it ordered before the last
command that was taken of it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.signing.cose import (
    NO_STAMP,
    CborLimits,
    Keys,
    Microseconds,
    Name,
    Nonce,
    ShortText,
    Stamp,
    Text,
    decode,
    downward,
    unseal_signed,
)

MOST_COMMAND_BYTES = 2048
TOLERANCE = 30_000_000
"""Microseconds by which central's clock and the gate's may differ, either way."""

_LIMITS = CborLimits(MOST_COMMAND_BYTES, depth=2, items=32)


class CommandKind(StrEnum):
    """The kinds of command. Once released, a kind keeps its meaning."""

    OPEN_ONCE = "open_once"
    SET_MODE = "set_mode"  # argument: the mode
    LOCK_DOWN = "lock_down"
    LIFT_LOCK_DOWN = "lift_lock_down"
    HOLD_ENTRIES = "hold_entries"  # argument: until when, and why; exits stay free, and it ends by itself
    RELEASE_ENTRIES = "release_entries"
    RESET_LANE = "reset_lane"  # argument: why; ends a break-in alarm, a fault, the release after a fire
    SEND_DIAGNOSTICS = "send_diagnostics"
    TAKE_UPDATE = "take_update"  # argument: the version


class CommandOutcome(StrEnum):
    """What became of a command."""

    DONE = "done"
    FAILED = "failed"
    REPEATED = "repeated"  # refused: this nonce was used
    OLDER = "older"  # refused: one that the same issuer gave later, or at the same place, was taken
    LATE = "late"  # refused: it expired, or is from the future
    UNSURE = "unsure"  # refused: the gate cannot judge by time; sign it again with the challenge it tells
    UNKNOWN = "unknown"  # refused: this gate has no such command
    UNAVAILABLE = "unavailable"  # refused: the gate's store cannot tell whether it was used before


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One command. `actor` names the person who gives it.

    It is valid from `issued` until `expires` (exclusive), give or take 30 s, and `counter` (from 1) is
    greater than that of any command that its issuer signed before. With a `challenge` that the gate gave
    out, and that was not echoed yet, no time is looked at.
    """

    nonce: Nonce
    kind: CommandKind
    actor: Name
    issued: Microseconds
    expires: Microseconds
    counter: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    argument: ShortText = ""
    challenge: Nonce | None = None


@dataclass(frozen=True)
class SignedCommand:
    """A genuine command, and its issuer: the id of the key that signed it."""

    command: Command
    issuer: bytes


class CommandResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of the command with this nonce, at the gate's time `at`; `challenge`: sign it again with
    that one. Unknown fields are ignored, and fields with their defaults left out.
    """

    nonce: Nonce
    outcome: CommandOutcome
    at: Microseconds
    text: Text = ""
    challenge: Nonce | None = None
    stamp: Stamp = NO_STAMP


def command_topic(device: str) -> str:
    """The topic of commands to `device`."""
    return downward(device, "command")


def read_command(data: bytes, device: str, command_keys: Keys) -> SignedCommand:
    """The command in `data`, verified with the command keys; raises MessageRefused.

    The caller checks whether it is late, older or was used before.
    """
    topic = command_topic(device)
    payload, issuer = unseal_signed(data, topic, command_keys, most_payload_bytes=MOST_COMMAND_BYTES)
    return SignedCommand(decode(payload, Command, _LIMITS, where=topic), issuer)
