"""Commands on their way to the gate: handed over as they came, never kept for a gate that is not there."""

from __future__ import annotations

import random
from pathlib import Path

from edge.commands.command_socket import CommandSocket
from edge.commands.core import Command, CommandKind, CommandOutcome, CommandResult
from edge.signing.cose import keys_of
from sync.agent.command_forwarder import CommandForwarder, datagrams_to
from sync.agent.core.link_stamps import LinkStamps
from sync.wire import ReceivedMessage, open_message, seal_message
from tests.keys import ed25519

CENTRE, DEVICE_KEY = ed25519("centre"), ed25519("device_key")


def brought() -> ReceivedMessage:
    command = Command(random.randbytes(16), CommandKind.OPEN_ONCE, "Wang Fang", 1, 60_000_001, 1)
    out = seal_message(command, "gate-1", CENTRE)
    return open_message(out.topic, out.data, keys_of([CENTRE.public_key().public_bytes_raw()]))


def forwarder(place: Path, *, refused: bool = False) -> CommandForwarder:
    stamps = LinkStamps(lambda: 7)
    return CommandForwarder("gate-1", DEVICE_KEY, datagrams_to(place), lambda: 7, stamps, lambda: refused)


def test_a_command_is_handed_over_in_the_bytes_that_were_signed(tmp_path: Path) -> None:
    gate = CommandSocket(tmp_path / "c.sock")
    gate.open()
    message = brought()
    handler = CommandForwarder(
        "gate-1", DEVICE_KEY, datagrams_to(tmp_path / "c.sock"), lambda: 7, LinkStamps(lambda: 7)
    )
    assert list(handler.handle([message], 0.0)) == [], (
        "what became of it is the gate's to say, in its journal"
    )
    assert gate.receive() == [message.data]
    gate.close()


def test_without_a_gate_a_command_fails_at_once_and_is_not_kept(tmp_path: Path) -> None:
    message = brought()
    handler = CommandForwarder(
        "gate-1", DEVICE_KEY, datagrams_to(tmp_path / "c.sock"), lambda: 7, LinkStamps(lambda: 7)
    )
    [answer] = handler.handle([message], 0.0)
    told = open_message(
        answer.topic, answer.data, keys_of([DEVICE_KEY.public_key().public_bytes_raw()])
    ).message
    assert isinstance(told, CommandResult)
    assert isinstance(message.message, Command)
    assert (told.nonce, told.outcome, told.at) == (message.message.nonce, CommandOutcome.FAILED, 7)
    gate = CommandSocket(tmp_path / "c.sock")
    gate.open()
    assert gate.receive() == []
    gate.close()


def test_a_device_that_is_refused_hands_over_nothing_be_it_genuine(tmp_path: Path) -> None:
    """A command that arrived together with the refusal of this device."""
    gate = CommandSocket(tmp_path / "c.sock")
    gate.open()
    handler = CommandForwarder(
        "gate-1",
        DEVICE_KEY,
        datagrams_to(tmp_path / "c.sock"),
        lambda: 7,
        LinkStamps(lambda: 7),
        refused=lambda: True,
    )
    assert list(handler.handle([brought()], 0.0)) == []
    assert gate.receive() == []
    gate.close()


def test_a_gate_that_does_not_keep_up_does_not_block_sync(tmp_path: Path) -> None:
    gate = CommandSocket(tmp_path / "c.sock")
    gate.open()
    handler = CommandForwarder(
        "gate-1", DEVICE_KEY, datagrams_to(tmp_path / "c.sock"), lambda: 7, LinkStamps(lambda: 7)
    )
    answers = list(handler.handle([brought()] * 500, 0.0))
    assert answers, "the socket is full, and says so"
    assert len(gate.receive()) == 8
    gate.close()
