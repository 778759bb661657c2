"""`gatepost central command send`: give a gate a command, by name, and see what became of it."""

from __future__ import annotations

import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer, note
from edge.cli.arguments import Actor, AsInFiles
from edge.cli.files_to_read import ToRead
from edge.cli.logs import quiet_logs
from edge.commands.core import CommandKind, CommandOutcome
from edge.errors import ConfigurationError, GatepostError
from edge.signing.key_files import read_private_key
from sync.central.accounts.actor import command_line_actor
from sync.central.audit import audit
from sync.central.audit.audit import About
from sync.central.command_issuer import PATIENCE, CommandIssuer, CommandVerdict, IssuedCommand, answers_of
from sync.central.configuration import load_configuration
from sync.central.devices.devices import DeviceKeys, last_seen, site_of
from sync.cli.central_context import CentralFile, DeviceId, ago, central_file, opened
from sync.transport.clock import wall
from sync.wire import DEVICE, SealedMessage

if TYPE_CHECKING:
    from sync.central.store import Store
    from sync.transport.connection import Connection

command_app = cyclopts.App(name="command", help="Give a gate a command, by name.")


@command_app.command(name="send")
def command(
    device: DeviceId,
    kind: Annotated[CommandKind, AsInFiles, Parameter(help="What it is to do.")],
    argument: Annotated[str, Parameter(help="Of set_mode, hold_entries, take_update and reset_lane.")] = "",
    /,
    *,
    actor: Actor,
    key: Annotated[
        Path | None,
        ToRead,
        Parameter(help="The command key (PEM); by default [commands] key, or command.key here."),
    ] = None,
    out: Annotated[Path | None, Parameter(help="Write it to a file instead of sending it.")] = None,
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Send DEVICE a signed command; exit 1 unless the gate says that it was done.

    It holds for a minute, and is signed again by itself where the gate asks for that because it cannot judge
    by time. ARGUMENT is the mode of set_mode (`policy`: as the policy says), the version of take_update, the
    reason of reset_lane; of hold_entries "UNTIL WHY", such as "2026-03-03T09:30:00Z full". A device that is
    out of service or not connected gets none, which is said at once.

    Example: gatepost central command send green-court.main set_mode face_or_code --actor "Wang Fang"
    """
    quiet_logs()
    if DEVICE.fullmatch(device) is None:
        raise ConfigurationError(f"{device!r} cannot be a device's id", remedy="gatepost central gate list")
    file = central_file(config)
    if out is None or file.exists():  # a key in a safe signs for a file, where no database is
        with opened(file) as store:
            with store.reading() as connection:
                seen = last_seen(connection, device)
            _note(store, device, kind, argument, actor)
    issues = partial(CommandIssuer, read_private_key(key or _key_of(file)))
    if out is not None:
        with opened(file) if file.exists() else nullcontext() as counting:
            issuer = issues(counting)
            out.write_bytes(issuer.seal(issuer.sign(kind, actor, argument), device).data)
        answer({"device": device, "file": str(out)}, f"{out}: for {device}, for a minute", json=json)
        return 0
    with opened(file) as store:
        keys = DeviceKeys(store, time.monotonic)
        issued = IssuedCommand(issues(store), store, keys.for_device, device, kind, actor, argument)
        said = _sent_until_judged(issued, file, device, seen, json=json)
    answer(_fields(device, kind, said), f"{said.outcome} {said.text}".rstrip(), json=json)
    return 0 if said.outcome == CommandOutcome.DONE else 1


def _key_of(file: Path) -> Path:
    """The command key that central.toml names; without one, the one in the current folder."""
    named = load_configuration(file).commands if file.exists() else None
    return Path("command.key") if named is None else named.key


def _note(store: Store, device: str, kind: CommandKind, argument: str, actor: str) -> None:
    """Note in the audit what DEVICE is asked, before it is asked."""
    with store.writing() as connection:
        about = About("gate", device, site_of(connection, device))
        detail = {"kind": kind.value, "argument": argument}
        audit.note(connection, command_line_actor(actor), "command", about, wall(), detail=detail)


def _sent_until_judged(
    issued: IssuedCommand, config: Path, device: str, seen: int | None, *, json: bool
) -> CommandVerdict:
    """What the gate says to the command; asked for a challenge, it is signed again with that one."""
    link = _listening(config, device)
    try:
        said = _sent_once(issued, config, device, seen, link, json=json)
        while issued.is_asked_for_again:
            note(f"{said.text}: signed again, with the gate's challenge in place of time", json=json)
            said = _sent_once(issued, config, device, seen, link, json=json)
    finally:
        link.close()
    return said


def _sent_once(
    issued: IssuedCommand, config: Path, device: str, seen: int | None, link: Connection, *, json: bool
) -> CommandVerdict:
    was_there, was_seen = _sent(config, issued.sealed_now()), _seen(seen, wall())
    if not was_there:
        return CommandVerdict("not_connected", f"{device} was {was_seen}; the command is not kept for it")
    note(f"sent to {device}, {was_seen}: waiting for the gate", json=json)
    ends = time.monotonic() + PATIENCE
    issued.read()
    while issued.verdict is None and time.monotonic() < ends:
        issued.hear(link.poll(0.2))
        issued.read()
    look = f"gatepost central journal tail, gatepost central gate show {device}"
    no_answer = CommandVerdict(
        "sent", f"no answer within {PATIENCE:g} s; it may be done all the same: {look}"
    )
    return issued.verdict or no_answer


def _fields(device: str, kind: CommandKind, said: CommandVerdict) -> dict[str, str]:
    return {"device": device, "command": kind, "outcome": said.outcome, "text": said.text}


def _listening(config: Path, device: str) -> Connection:
    """A link that hears what becomes of commands to `device`; raises GatepostError where there is none."""
    from sync.transport.connection import Connection, LinkState

    configuration = load_configuration(config)
    name = f"{configuration.central.id}-command-{token_hex(4)}"
    link = Connection(configuration.broker, name, answers_of(device), lambda: 0.0)
    ends = time.monotonic() + PATIENCE
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


def _seen(at: int | None, now: int) -> str:
    return "never seen" if at is None else f"last seen {ago(at, now)}"
