"""commands.json: what becomes of commands that a gate gets one after another.

Stories at a gate that took no command before and trusts the command keys `public`. `at` is its clock,
`trust` what the clock is worth. `expect` is `taken`, the outcome of a refused command, or the code of a
refused message. `challenge`: what the gate makes when it asks for one, and whether it has one out is told
by the steps before.
"""

from __future__ import annotations

import sys
from typing import Any

from msgspec.structs import replace

from edge.commands.core import Command, CommandKind
from edge.signing.cose import encode_value, key_id_of, seal
from sync.wire import Channel
from tests.protocol.vectors.notation import about, decoded, key, public, secret
from tests.sync.wire.examples import AT, DEVICE

_KEY, _NEXT, _STRANGER = 2, 3, 4
_SECOND = 1_000_000
_UNSET = "untrusted"
_CHALLENGE = bytes(range(200, 216))
_LOCK = Command(bytes(16), CommandKind.LOCK_DOWN, "li-na@desk-1", AT, AT + 60 * _SECOND, 7)
_LIFT = replace(_LOCK, nonce=bytes([1] * 16), kind=CommandKind.LIFT_LOCK_DOWN, counter=6)


def vectors() -> dict[str, Any]:
    return {
        "about": about(sys.modules[__name__]),
        "device": DEVICE,
        "secrets": [secret(_KEY), secret(_NEXT)],
        "public": [public(_KEY).hex(), public(_NEXT).hex()],
        "issuers": [key_id_of(public(_KEY)).hex(), key_id_of(public(_NEXT)).hex()],
        "challenge": _CHALLENGE.hex(),
        "stories": [{"name": name, "steps": steps} for name, steps in _stories().items()],
    }


def _stories() -> dict[str, list[dict[str, Any]]]:
    challenged = replace(_LOCK, nonce=bytes([9] * 16), counter=9, challenge=_CHALLENGE)
    return {
        "taken, and played again": [_step(_LOCK, "taken"), _step(_LOCK, "repeated")],
        "lift, then lock, delivered the other way round": [_step(_LOCK, "taken"), _step(_LIFT, "older")],
        "the same counter under another nonce": [
            _step(_LOCK, "taken"),
            _step(replace(_LOCK, nonce=bytes([2] * 16)), "older"),
        ],
        "each key counts for itself": [_step(_LOCK, "taken"), _step(_LIFT, "taken", signed_by=_NEXT)],
        "the tolerance: 30 s ahead of the gate's clock": [
            _step(_LOCK, "late", at=AT - 30 * _SECOND - 1),
            _step(_LOCK, "taken", at=AT - 30 * _SECOND),
        ],
        "the tolerance: 30 s behind the gate's clock": [
            _step(_LOCK, "late", at=AT + 90 * _SECOND),
            _step(_LOCK, "taken", at=AT + 90 * _SECOND - 1),
        ],
        "more than five minutes": [_step(replace(_LOCK, expires=AT + 300 * _SECOND + 1), "late")],
        "it ends before it begins": [_step(replace(_LOCK, expires=AT), "late")],
        "a clock that is not set, and the challenge echoed": [
            _step(_LOCK, "unsure", trust=_UNSET),
            _step(challenged, "taken", at=0, trust=_UNSET),
            _step(challenged, "repeated", at=0, trust=_UNSET),
            _step(replace(challenged, nonce=bytes([8] * 16), counter=10), "unsure", at=0, trust=_UNSET),
        ],
        "a challenge that this gate did not give out": [_step(challenged, "unsure")],
        "a mode that there is not": [
            _step(replace(_LOCK, kind=CommandKind.SET_MODE, argument="ajar"), "unknown"),
        ],
        "a reset without a reason": [_step(replace(_LOCK, kind=CommandKind.RESET_LANE), "unknown")],
        "entries held: for a day at most": [
            _step(_hold("2026-03-03T09:30:00Z the market is full"), "taken"),
            _step(replace(_hold("2026-03-04T09:30:00Z full"), nonce=bytes([3] * 16), counter=8), "unknown"),
        ],
        "entries held: until a time that was before it": [
            _step(_hold("2026-03-03T00:00:00Z full"), "unknown")
        ],
        "entries held: until no time, or nobody says why": [
            _step(_hold("2026-02-31T09:30:00Z full"), "unknown"),
            _step(_hold("2026-03-03T09:30:00Z "), "unknown"),
            _step(_hold("tonight"), "unknown"),
        ],
        "entries released, whether or not they were held": [
            _step(replace(_LOCK, kind=CommandKind.RELEASE_ENTRIES), "taken"),
        ],
        "a key that is no command key": [_step(_LOCK, "unknown_key", signed_by=_STRANGER)],
        "nobody gives it": [_step(replace(_LOCK, actor=""), "invalid")],
    }


def _hold(argument: str) -> Command:
    return replace(_LOCK, kind=CommandKind.HOLD_ENTRIES, argument=argument)


def _step(
    command: Command, expect: str, *, at: int = AT + _SECOND, trust: str = "trusted", signed_by: int = _KEY
) -> dict[str, Any]:
    topic, payload = Channel.COMMAND.of(DEVICE), encode_value(command)
    return {
        "at": at,
        "trust": trust,
        "topic": topic,
        "value": decoded(payload),
        "message": seal(payload, topic, key(signed_by)).hex(),
        "expect": expect,
    }
