"""What becomes of a command that was issued, by the word of the gate and of its sync process."""

from __future__ import annotations

import random

import pytest

from edge.commands.core import Command, CommandKind, CommandOutcome, CommandResult, read_command
from edge.decision import ClockTrust
from edge.errors import ConfigurationError
from edge.journal.format import START, CommandResultEvent, Entry, told
from edge.journal.format.chain import link
from edge.signing.cose import Keys, keys_of
from sync.central.command_issuer import CommandIssuer, CommandVerdict, IssuedCommand, answers_of
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.store import Store
from sync.transport.core import InboundMessage
from sync.wire import Channel, RefusedByDevice, SealedMessage, batch_of, digest_of, seal_message
from sync.wire.messages import Message
from tests.sync.wire.examples import AT, DEVICE, EPOCH, KEY, KEYS, OTHER_KEY
from tests.sync.world import CENTRAL_KEY

COMMAND_KEYS: Keys = keys_of([CENTRAL_KEY.public_key().public_bytes_raw()])
CHALLENGE, OTHER_NONCE = bytes(range(50, 66)), bytes(16)


class Gate:
    """A gate that hears commands, and what it and its sync process say of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._journal: list[Entry] = []
        self.wall = AT
        issuer = CommandIssuer(CENTRAL_KEY, store, lambda: self.wall, random.Random(1).randbytes)
        kind, actor = CommandKind.SET_MODE, "Wang Fang"
        self.issued = IssuedCommand(issuer, store, lambda _: KEYS, DEVICE, kind, actor, "face_or_code")
        self.heard: list[Command] = []
        self.bytes: list[bytes] = []

    def hears(self) -> Command:
        out = self.issued.sealed_now()
        assert out.topic == Channel.COMMAND.of(DEVICE)
        self.bytes.append(out.data)
        self.heard.append(read_command(out.data, DEVICE, COMMAND_KEYS).command)
        return self.heard[-1]

    def writes(
        self, outcome: str, text: str = "", *, nonce: bytes | None = None, challenge: str = ""
    ) -> None:
        """The gate's own word: an event that comes up with its journal."""
        of = (nonce or self.heard[-1].nonce).hex()
        event = CommandResultEvent(of, "set_mode", "face_or_code", "Wang Fang", outcome, text, challenge)
        kind, body = told(event)
        entry = link(
            epoch=EPOCH,
            gate="main",
            sequence=len(self._journal) + 1,
            at=AT,
            trust=ClockTrust.TRUSTED,
            monotonic=1.0,
            kind=kind,
            body=body,
            previous=self._journal[-1].hash if self._journal else START,
        )
        self._journal.append(entry)
        with self._store.writing() as connection:
            store_batch(connection, DEVICE, batch_of([entry], entry.sequence - 1), AT, FOLLOWERS)
        self.issued.read()

    def syncs_word(self, message: Message, *, genuine: bool = True) -> None:
        out: SealedMessage = seal_message(message, DEVICE, KEY if genuine else OTHER_KEY)
        assert out.topic in answers_of(DEVICE)
        self.issued.hear([InboundMessage(out.topic, out.data, retained=False)])

    @property
    def verdict(self) -> CommandVerdict | None:
        return self.issued.verdict


@pytest.fixture
def gate(store: Store) -> Gate:
    return Gate(store)


def test_the_gates_own_word_comes_with_its_journal(gate: Gate) -> None:
    gate.writes("done", nonce=OTHER_NONCE)
    gate.hears()
    assert gate.verdict is None
    gate.writes("failed", "another's", nonce=OTHER_NONCE)
    assert gate.verdict is None
    gate.writes("done", "now face_or_code")
    assert gate.verdict == CommandVerdict("done", "now face_or_code")
    assert not gate.issued.is_asked_for_again


def test_a_word_that_came_before_anybody_looked_is_found(gate: Gate) -> None:
    gate.hears()
    gate.issued.read()
    gate.writes("done")
    assert gate.verdict == CommandVerdict("done", "")


def test_the_sync_process_says_where_no_gate_is_there_or_where_it_refuses(gate: Gate) -> None:
    command = gate.hears()
    refused = RefusedByDevice(Channel.COMMAND, digest_of(gate.bytes[-1]), "unknown_key", "why", AT)
    other = RefusedByDevice(Channel.COMMAND, bytes(32), "unknown_key", "another's", AT)
    result = CommandResult(command.nonce, CommandOutcome.FAILED, AT, "the gate does not run")
    gate.syncs_word(other)
    gate.syncs_word(CommandResult(OTHER_NONCE, CommandOutcome.DONE, AT))
    gate.syncs_word(CommandResult(command.nonce, CommandOutcome.DONE, AT), genuine=False)
    assert gate.verdict is None
    gate.syncs_word(refused)
    assert gate.verdict == CommandVerdict("refused", "unknown_key: why")
    gate.syncs_word(result)
    assert gate.verdict == CommandVerdict("refused", "unknown_key: why"), "the first word stands"


@pytest.mark.parametrize("by", ["gate", "sync"])
def test_a_gate_that_is_unsure_of_the_time_gets_it_again_with_its_challenge(gate: Gate, by: str) -> None:
    first = gate.hears()
    assert first.challenge is None
    if by == "gate":
        gate.writes("unsure", challenge=CHALLENGE.hex())
    else:
        gate.syncs_word(CommandResult(first.nonce, CommandOutcome.UNSURE, AT, challenge=CHALLENGE))
    assert gate.issued.is_asked_for_again
    second = gate.hears()
    assert (second.challenge, second.kind, second.argument) == (CHALLENGE, first.kind, first.argument)
    assert second.counter > first.counter
    assert second.nonce != first.nonce
    assert gate.verdict is None, "what was said of the first is not said of the second"
    gate.writes("done")
    assert gate.verdict == CommandVerdict("done", "")


def test_it_is_signed_again_three_times_at_most_and_not_without_a_challenge(gate: Gate) -> None:
    signed = 0
    while not signed or gate.issued.is_asked_for_again:
        gate.hears()
        signed += 1
        gate.writes("unsure", challenge=CHALLENGE.hex())
    assert signed == 4
    gate.hears()
    gate.writes("unsure")
    assert not gate.issued.is_asked_for_again


def test_each_is_signed_for_the_time_at_which_it_is_sent(gate: Gate) -> None:
    gate.hears()
    gate.wall = AT + 30_000_000
    second = gate.hears()
    assert (second.issued, second.expires) == (AT + 30_000_000, AT + 90_000_000)


def test_what_is_no_command_is_refused_before_it_is_sent(store: Store) -> None:
    with pytest.raises(ConfigurationError, match="actor"):
        CommandIssuer(CENTRAL_KEY, store).sign(CommandKind.OPEN_ONCE, "")
