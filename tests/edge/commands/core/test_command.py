"""A command in its signed form: read with the right keys, for the right gate, whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from edge.commands.core import (
    MOST_COMMAND_BYTES,
    Command,
    CommandKind,
    CommandOutcome,
    CommandResult,
    command_topic,
    read_command,
)
from edge.signing.cose import CborLimits, MessageRefused, encode_value, keys_of, seal
from edge.signing.cose.values import decode_value
from tests.keys import ed25519

CENTRAL, STRANGER = ed25519("central"), ed25519("stranger")
KEYS = dict(keys_of([CENTRAL.public_key().public_bytes_raw()]))
DEVICE = "green-court.main"
LIMITS = CborLimits(4096, depth=2, items=32)
COMMAND = Command(bytes(range(16)), CommandKind.OPEN_ONCE, "Wang Fang", 1_000, 2_000, 7)
RESULT = CommandResult(bytes(16), CommandOutcome.DONE, 1_000)


def sealed(command: Command, device: str = DEVICE) -> bytes:
    return seal(encode_value(command), command_topic(device), CENTRAL)


@given(
    st.builds(
        Command,
        nonce=st.binary(min_size=16, max_size=16),
        kind=st.sampled_from(CommandKind),
        actor=st.just("李芳"),
        issued=st.integers(0, 2**53),
        expires=st.integers(0, 2**53),
        counter=st.integers(1, 2**63 - 1),
        argument=st.sampled_from(["", "policy", "1.2.3", "the guard has looked"]),
        challenge=st.none() | st.binary(min_size=16, max_size=16),
    )
)
def test_what_was_sealed_is_what_is_read(command: Command) -> None:
    read = read_command(sealed(command), DEVICE, KEYS)
    assert (read.command, {read.issuer}) == (command, set(KEYS))


SPOILT: dict[str, Callable[[], bytes]] = {
    "for another gate": lambda: sealed(COMMAND, "green-court.back"),
    "signed by a stranger": lambda: seal(encode_value(COMMAND), command_topic(DEVICE), STRANGER),
    "not a command": lambda: seal(encode_value(RESULT), command_topic(DEVICE), CENTRAL),
    "too long": lambda: seal(bytes(MOST_COMMAND_BYTES + 1), command_topic(DEVICE), CENTRAL),
    "cut short": lambda: sealed(COMMAND)[:-1],
    "with a byte more": lambda: sealed(COMMAND) + b"\0",
    "empty": lambda: b"",
}


@pytest.mark.parametrize("what", SPOILT)
def test_anything_else_is_refused(what: str) -> None:
    with pytest.raises(MessageRefused):
        read_command(SPOILT[what](), DEVICE, KEYS)


def test_a_result_leaves_out_what_it_need_not_say_and_may_say_more_than_is_known() -> None:
    written = {"nonce": bytes(16), "outcome": "done", "at": 1_000}
    assert encode_value(RESULT) == encode_value(written)
    assert decode_value(encode_value({**written, "new": 1}), CommandResult, LIMITS) == RESULT


def test_an_order_that_says_more_than_is_known_is_none() -> None:
    """What grants something says all of it: a field that is ignored might have limited it."""
    more = {**to_builtins(COMMAND, builtin_types=(bytes,)), "only_if": "closed"}
    with pytest.raises(MessageRefused, match="only_if"):
        read_command(seal(encode_value(more), command_topic(DEVICE), CENTRAL), DEVICE, KEYS)


@given(st.integers(0, len(sealed(COMMAND)) - 1), st.integers(1, 255))
def test_no_byte_of_a_signed_command_can_be_changed(place: int, by: int) -> None:
    changed = bytearray(sealed(COMMAND))
    changed[place] ^= by
    with pytest.raises(MessageRefused):
        read_command(bytes(changed), DEVICE, KEYS)
