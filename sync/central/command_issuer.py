"""Signs commands for gates, and finds out what became of each.

It opens no connection and waits for nothing: who uses it publishes what it signs, hands it what arrives on
`answers_of` the device, and lets it read the database, until it has a verdict or patience ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_bytes
from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.commands.core import Command, CommandKind, CommandOutcome, CommandResult
from edge.errors import ConfigurationError
from edge.journal.format import CommandResultEvent, understood
from edge.signing.cose import Keys, MessageRefused, key_id_of
from edge.support.toml_words import in_words
from sync.central.command_counter import next_counter
from sync.central.journals.reading import EventReader, StoredEvent
from sync.central.store import Store
from sync.central.units import MINUTE
from sync.transport.clock import wall as machines_wall
from sync.wire import Channel, RefusedByDevice, SealedMessage, digest_of, open_message, seal_message

if TYPE_CHECKING:
    from sync.transport.connection import InboundMessage

PATIENCE = 20.0
"""Seconds in which a gate that is there has said what became of a command."""
_LIFETIME = MINUTE
"""Microseconds: a command that has not come by then is not carried out any more."""
_MOST_CHALLENGES = 3
"""How often a command is signed again, at most: two who give one at once may take each other's challenge."""
_MOST_READ = 100


def answers_of(device: str) -> tuple[str, ...]:
    """The topics on which a device's sync process says what became of a command."""
    return Channel.COMMAND_RESULT.of(device), Channel.REFUSED_BY_DEVICE.of(device)


@dataclass(frozen=True)
class CommandVerdict:
    """What became of a command, as the gate or its sync process says; `challenge`: to sign it again with."""

    outcome: str
    text: str
    challenge: bytes = b""


class CommandIssuer:
    """Signs with the command key `key`. `store` counts the commands; without one the clock does."""

    def __init__(
        self,
        key: Ed25519PrivateKey,
        store: Store | None,
        wall: Callable[[], int] = machines_wall,
        entropy: Callable[[int], bytes] = token_bytes,
    ) -> None:
        self._key = key
        self._store = store
        self._wall = wall
        self._entropy = entropy

    def sign(
        self, kind: CommandKind, actor: str, argument: str = "", challenge: bytes | None = None
    ) -> Command:
        """The command as it is to be signed now: with a counter greater than any before."""
        now = self._wall()
        values = (kind, actor, now, now + _LIFETIME, self._next_counter(now), argument, challenge)
        return _checked(Command(self._entropy(16), *values))

    def seal(self, command: Command, device: str) -> SealedMessage:
        """The command, signed for one device."""
        return seal_message(command, device, self._key)

    def _next_counter(self, now: int) -> int:
        if self._store is None:
            return now
        issuer = key_id_of(self._key.public_key().public_bytes_raw())
        with self._store.writing() as connection:
            return next_counter(connection, issuer, now)


class IssuedCommand:
    """One thing that `device` is to do. `keys_for` returns the keys that verify what the device says."""

    def __init__(
        self,
        issuer: CommandIssuer,
        store: Store,
        keys_for: Callable[[str], Keys],
        device: str,
        kind: CommandKind,
        actor: str,
        argument: str = "",
    ) -> None:
        self._issuer = issuer
        self._store = store
        self._keys_for = keys_for
        self._device = device
        self._wanted = (kind, actor, argument)
        self._reader: EventReader | None = None
        self._challenge: bytes | None = None
        self._times = 0
        self.command: Command | None = None
        """The command as it was signed last; None: it was not yet."""
        self._digest = b""
        self.verdict: CommandVerdict | None = None
        """What became of that; None: nothing was heard of it."""

    @property
    def is_asked_for_again(self) -> bool:
        """Whether the gate asks to have it signed again, with a challenge in place of time."""
        verdict = self.verdict
        return (
            verdict is not None
            and verdict.outcome == CommandOutcome.UNSURE
            and bool(verdict.challenge)
            and self._times <= _MOST_CHALLENGES
        )

    def sealed_now(self) -> SealedMessage:
        """The command to publish: signed now, with the challenge of the last verdict if it told one."""
        challenge = None if self.verdict is None else self.verdict.challenge or None
        self.command = self._issuer.sign(*self._wanted, challenge)
        sealed = self._issuer.seal(self.command, self._device)
        self._digest, self.verdict = digest_of(sealed.data), None
        self._times += 1
        return sealed

    def hear(self, arrived: Iterable[InboundMessage]) -> None:
        """Take the word of the device's sync process, where no gate is there or where it refuses."""
        for item in arrived:
            with suppress(MessageRefused):
                keys = self._keys_for(self._device)
                said = open_message(item.topic, item.data, keys, retained=item.retained).message
                self.verdict = self.verdict or self._of_sync(said)

    def read(self) -> None:
        """Look for the gate's own word, which comes up with its journal. Raises StoreError."""
        with self._store.reading() as connection:
            if self._reader is None:
                self._reader = EventReader(self._device)
                found = self._reader.newest(connection, _MOST_READ)
            else:
                found = self._reader.new_events(connection)
        for heard in found:
            self.verdict = self.verdict or self._of_gate(heard)

    # --- inside ----------------------------------------------------------------------------

    def _of_gate(self, heard: StoredEvent) -> CommandVerdict | None:
        event = understood(heard.entry) if heard.entry.kind == CommandResultEvent.kind else None
        if isinstance(event, CommandResultEvent) and event.nonce == self._nonce.hex():
            with suppress(ValueError):
                return CommandVerdict(event.outcome, event.text, bytes.fromhex(event.challenge))
        return None

    def _of_sync(self, said: object) -> CommandVerdict | None:
        if isinstance(said, CommandResult) and said.nonce == self._nonce:
            return CommandVerdict(said.outcome, said.text, said.challenge or b"")
        if isinstance(said, RefusedByDevice) and said.digest == self._digest:
            return CommandVerdict("refused", f"{said.code}: {said.detail}")
        return None

    @property
    def _nonce(self) -> bytes:
        return b"" if self.command is None else self.command.nonce


def _checked(command: Command) -> Command:
    try:
        return msgspec.convert(msgspec.to_builtins(command, builtin_types=(bytes,)), Command)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            in_words(error, Command), where="command", remedy="gatepost central command send --help"
        ) from None
