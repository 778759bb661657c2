"""`gatepost central command send`: give a gate a command, by name, and see what became of it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import TYPE_CHECKING, Annotated

import cyclopts
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cyclopts import Parameter

from edge.cli.answers import Json, answer, note
from edge.cli.arguments import Actor, AsInFiles
from edge.cli.logs import quiet_logs
from edge.commands.core import Command, CommandKind, CommandOutcome, CommandResult
from edge.errors import ConfigurationError, GatepostError
from edge.journal.format import CommandResultEvent, understood
from edge.signing.cose import MessageRefused, key_id_of
from edge.signing.key_files import read_private_key
from edge.support.toml_words import in_words
from sync.central.clock import wall
from sync.central.command_counter import next_counter
from sync.central.configuration import load_configuration
from sync.central.devices.devices import DeviceKeys, last_seen
from sync.central.journals.reading import EventReader, StoredEvent
from sync.cli.central_context import CentralFile, DeviceId, ago, central_file, opened
from sync.wire import (
    DEVICE,
    Channel,
    RefusedByDevice,
    SealedMessage,
    digest_of,
    open_message,
    seal_message,
)

if TYPE_CHECKING:
    from sync.transport.connection import Connection, InboundMessage

command_app = cyclopts.App(name="command", help="Give a gate a command, by name.")

_LIFETIME = 60_000_000
"""Microseconds: a command that has not come by then is not carried out any more."""
_PATIENCE = 20.0
_MOST_CHALLENGES = 3
"""How often a command is signed again, at most: two who order at once may take each other's challenge."""


@command_app.command(name="send")
def command(
    device: DeviceId,
    kind: Annotated[CommandKind, AsInFiles, Parameter(help="What it is to do.")],
    argument: Annotated[str, Parameter(help="Of set_mode, take_update and reset_lane.")] = "",
    /,
    *,
    actor: Actor,
    key: Annotated[Path, Parameter(help="The command key (PEM).")] = Path("command.key"),
    out: Annotated[Path | None, Parameter(help="Write it to a file instead of sending it.")] = None,
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Send DEVICE a signed command; exit 1 unless the gate says that it was done.

    It holds for a minute, and is signed again by itself where the gate asks for that because it cannot judge
    by time. ARGUMENT is the mode of set_mode (`policy`: as the policy says), the version of
    take_update, the reason of reset_lane. A device that is out of service or not connected gets none, which
    is said at once.

    Example: gatepost central command send green-court.main set_mode face_or_code --actor "Wang Fang"
    """
    quiet_logs()
    if DEVICE.fullmatch(device) is None:
        raise ConfigurationError(f"{device!r} cannot be a device's id", remedy="gatepost central gate list")
    file = central_file(config)
    if out is None or file.exists():  # a key in a safe signs for a file, where no database is
        with opened(file) as store, store.reading() as connection:
            seen = last_seen(connection, device)
    wanted = _Wanted(file, device, kind, argument, actor, read_private_key(key))
    if out is not None:
        out.write_bytes(seal_message(wanted.signed_now(None), device, wanted.key).data)
        answer({"device": device, "file": str(out)}, f"{out}: for {device}, for a minute", json=json)
        return 0
    said = _sent_until_judged(wanted, seen, json=json)
    answer(_fields(device, kind, said.outcome, said.text), f"{said.outcome} {said.text}".rstrip(), json=json)
    return 0 if said.outcome == CommandOutcome.DONE else 1


@dataclass(frozen=True)
class _Said:
    """What became of a command, as the gate or its sync process says; `challenge`: to sign it again with."""

    outcome: str
    text: str
    challenge: bytes = b""


@dataclass(frozen=True)
class _Wanted:
    """What is to be done, by whom, and the key that says so."""

    file: Path
    device: str
    kind: CommandKind
    argument: str
    actor: str
    key: Ed25519PrivateKey

    def signed_now(self, challenge: bytes | None) -> Command:
        """The command as it is to be signed now: with a counter greater than any before."""
        now = wall()
        issuer = key_id_of(self.key.public_key().public_bytes_raw())
        if self.file.exists():
            with opened(self.file) as store, store.writing() as connection:
                counter = next_counter(connection, issuer, now)
        else:
            counter = now
        values = (self.kind, self.actor, now, now + _LIFETIME, counter, self.argument, challenge)
        return _checked(Command(token_bytes(16), *values))


def _sent_until_judged(wanted: _Wanted, seen: int | None, *, json: bool) -> _Said:
    """What the gate says to the command; asked for a challenge, it is signed again with that one."""
    link = _listening(wanted.file, wanted.device)
    try:
        said = _sent_once(wanted, None, seen, link, json=json)
        for _ in range(_MOST_CHALLENGES):
            if said.outcome != CommandOutcome.UNSURE or not said.challenge:
                break
            note(f"{said.text}: signed again, with the gate's challenge in place of time", json=json)
            said = _sent_once(wanted, said.challenge, seen, link, json=json)
    finally:
        link.close()
    return said


def _sent_once(
    wanted: _Wanted, challenge: bytes | None, seen: int | None, link: Connection, *, json: bool
) -> _Said:
    order = wanted.signed_now(challenge)
    sealed = seal_message(order, wanted.device, wanted.key)
    if not _sent(wanted.file, sealed):
        text = f"{wanted.device} was {_seen(seen, order.issued)}; the command is not kept for it"
        return _Said("not_connected", text)
    note(f"sent to {wanted.device}, {_seen(seen, order.issued)}: waiting for the gate", json=json)
    return _answer(wanted.file, wanted.device, order.nonce, digest_of(sealed.data), link)


def _fields(device: str, kind: CommandKind, outcome: str, text: str) -> dict[str, str]:
    return {"device": device, "command": kind, "outcome": outcome, "text": text}


def _checked(order: Command) -> Command:
    try:
        return msgspec.convert(msgspec.to_builtins(order, builtin_types=(bytes,)), Command)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            in_words(error, Command), where="command", remedy="gatepost central command send --help"
        ) from None


def _listening(config: Path, device: str) -> Connection:
    """A link that hears what becomes of commands to `device`; raises GatepostError where there is none."""
    from sync.transport.connection import Connection, LinkState

    configuration = load_configuration(config)
    name = f"{configuration.central.id}-command-{token_hex(4)}"
    topics = (Channel.COMMAND_RESULT.of(device), Channel.REFUSED_BY_DEVICE.of(device))
    link = Connection(configuration.broker, name, topics, lambda: 0.0)
    ends = time.monotonic() + _PATIENCE
    while link.state is not LinkState.READY and time.monotonic() < ends:
        link.poll(0.1)
    if link.state is not LinkState.READY:
        raise GatepostError("the broker is not reached", where=configuration.broker.host)
    return link


def _sent(config: Path, message: SealedMessage) -> bool:
    """Whether the device is there to hear it, on the broker's word."""
    from sync.transport.once import publish_once

    configuration = load_configuration(config)
    name = f"{configuration.central.id}-command-{token_hex(4)}"
    return publish_once(configuration.broker, name, message)


def _answer(config: Path, device: str, nonce: bytes, digest: bytes, link: Connection) -> _Said:
    """The gate's own word, which comes up with its journal; or its sync process's, where no gate is there or
    that process refuses what it got (`digest`).
    """
    reader = EventReader(device)
    ends = time.monotonic() + _PATIENCE
    with opened(config) as store:
        keys = DeviceKeys(store, time.monotonic)
        with store.reading() as connection:
            found = reader.newest(connection, 100)
        while time.monotonic() < ends:
            told = _of_gate(found, nonce) or _of_sync(link.poll(0.2), device, keys, nonce, digest)
            if told is not None:
                return told
            with store.reading() as connection:
                found = reader.new_events(connection)
    look = f"gatepost central journal tail, gatepost central gate show {device}"
    return _Said("sent", f"no answer within {_PATIENCE:g} s; it may be done all the same: {look}")


def _seen(at: int | None, now: int) -> str:
    return "never seen" if at is None else f"last seen {ago(at, now)}"


def _of_gate(found: Iterable[StoredEvent], nonce: bytes) -> _Said | None:
    for heard in found:
        event = understood(heard.entry) if heard.entry.kind == CommandResultEvent.kind else None
        if isinstance(event, CommandResultEvent) and event.nonce == nonce.hex():
            with suppress(ValueError):
                return _Said(event.outcome, event.text, bytes.fromhex(event.challenge))
    return None


def _of_sync(
    arrived: Iterable[InboundMessage], device: str, keys: DeviceKeys, nonce: bytes, digest: bytes
) -> _Said | None:
    for item in arrived:
        with suppress(MessageRefused):
            said = open_message(
                item.topic, item.data, keys.for_device(device), retained=item.retained
            ).message
            if isinstance(said, CommandResult) and said.nonce == nonce:
                return _Said(said.outcome, said.text, said.challenge or b"")
            if isinstance(said, RefusedByDevice) and said.digest == digest:
                return _Said("refused", f"{said.code}: {said.detail}")
    return None
