"""`gatepost central gate` and `site`: where the gates are, and how each one is."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from edge.cli.answers import Json, answer, objects
from edge.cli.files_to_read import ToRead
from edge.errors import ConfigurationError, GatepostError
from edge.signing.key_files import read_private_key
from edge.support.counted import counted
from sync.central.audit import audit
from sync.central.audit.audit import About
from sync.central.devices import devices
from sync.central.devices.devices import KnownDevice
from sync.central.devices.refusal_counts import BY_CENTRAL, RefusalCount, refusals_of
from sync.central.server import commit_point
from sync.central.store import NotConfirmed, StoreError
from sync.cli.central_context import CentralFile, DeviceId, Whose, ago, central_file, iso, opened, whose
from sync.transport.clock import wall
from sync.wire import DEVICE, DeviceRefused, RefusedDevice

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from edge.admin.site_file import SiteFile

_PATIENCE = 10.0
"""Seconds for a standby to have what was done."""
_HEADS = (
    "device",
    "site",
    "gate",
    "state",
    "seen",
    "registry",
    "root",
    "revoked",
    "stored",
    "wait",
    "clock",
    "findings",
)
_WIDTHS = (16, 16, 10, 10, 10, 8, 4, 7, 9, 6, 8, 8)

_INVITE = """Invite a gate: make the one code that its computer enrols by.

The code is for that gate, for one computer, and holds for a day; it proves this centre to the computer, too.
An earlier code of the gate that nobody used ends. With --replace the new computer takes the gate's place:
the one before is retired, and the history stays with the gate.

Example: gatepost central gate invite green-court/main"""

_REVOKE = """Revoke DEVICE, which was lost: central refuses it, its certificate and its connection end.

In one step: it is suspended, its certificates are revoked, the broker gets the list and reads it. What the
device held counts as known. Exit 1 where a part was not reached; call it again then.

Example: gatepost central gate revoke green-court.main"""

gate_app = cyclopts.App(name="gate", help="The gates: versions, last seen, gaps.")
gate_app.command("sync.cli.central_adoption:invite", name="invite", help=_INVITE)
gate_app.command("sync.cli.central_adoption:revoke", name="revoke", help=_REVOKE)
gate_app.command(
    "sync.cli.central_adoption:invitation_app",
    name="invitation",
    help="The codes by which gates come, and how far each is.",
)
site_app = cyclopts.App(name="site", help="The sites, and where they are.")


@gate_app.command(name="list")
def list_gates(*, json: Json = False, config: CentralFile = None) -> None:
    """List every gate; all but place, stored and findings is what the gate said of itself.

    Example: gatepost central gate list
    """
    with opened(config) as store, store.reading() as connection:
        found = devices.known_devices(connection)
    if json:
        objects(msgspec.to_builtins(gate) | {"last_seen": iso(gate.last_seen)} for gate in found)
        return
    now = wall()
    for cells in (_HEADS, *(_cells(gate, now) for gate in found)):
        line = "  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
        print(line.rstrip())


@gate_app.command
def show(device: DeviceId, /, *, json: Json = False, config: CentralFile = None) -> None:
    """Show one gate: what list says of it, and which messages were refused, at either end, and why.

    Example: gatepost central gate show green-court.main
    """
    with opened(config) as store, store.reading() as connection:
        found = [gate for gate in devices.known_devices(connection) if gate.device == device]
        refusals = refusals_of(connection, device)
    if not found:
        raise StoreError(f"there is no device {device!r}", remedy="gatepost central gate list")
    [gate], now = found, wall()
    told = [msgspec.to_builtins(item) | {"at": iso(item.at)} for item in refusals]
    lines = (f"{head}: {cell}" for head, cell in zip(_HEADS, _cells(gate, now), strict=True) if cell)
    answer(
        msgspec.to_builtins(gate) | {"last_seen": iso(gate.last_seen), "refusals": told},
        *lines,
        *([f"alarms: {', '.join(gate.alarms)}"] if gate.alarms else []),
        *(_refusal_line(item, now) for item in refusals),
        json=json,
    )


@gate_app.command
def create(
    device: DeviceId,
    /,
    *,
    site: Annotated[str, Parameter(help="The id of its site.")],
    gate: Annotated[str, Parameter(help="The gate's id in the policy.")],
    key: Annotated[Path, ToRead, Parameter(help="The device's public message key (PEM).")],
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Create a gate: let DEVICE speak for it.

    Example: gatepost central gate create green-court.main --site green-court --gate main --key message.pub
    """
    from edge.registry.keys import read_public_keys

    [public] = read_public_keys(key)
    with opened(config) as store, store.writing() as connection:
        devices.enrol_device(connection, device, (site, gate), public, wall())
        _note(connection, actor, "create_gate", device)
    fields = {"device": device, "site": site, "gate": gate}
    answer(fields, f"device {device} speaks for gate {gate} of {site}", json=json)


@gate_app.command
def retire(device: DeviceId, /, *, actor: Whose = "", json: Json = False, config: CentralFile = None) -> int:
    """Retire DEVICE: believe it no more, for good, tell it so and end its connection; what it sent stays.

    Exit 1 where the broker was not reached, or a standby has not got it: it is told at its next word then.

    Example: gatepost central gate retire green-court.main
    """
    said = f"device {device} is believed no more; revoke its certificate too: gatepost central ca revoke"
    with opened(config) as store:
        with store.writing() as connection:
            devices.retire_device(connection, device, wall())
            _note(connection, actor, "retire_gate", device)
            run = commit_point(connection).run
        try:
            store.confirm(_PATIENCE, run)
        except (
            NotConfirmed
        ) as error:  # it would be retired for good, and a standby that takes over not know it
            end = f"it is told once a standby has it: {error}"
            answer({"device": device, "state": RefusedDevice.RETIRED, "text": end}, said, end, json=json)
            return 1
    return _dismissed(config, device, RefusedDevice.RETIRED, said, json=json)


@gate_app.command
def suspend(device: DeviceId, /, *, actor: Whose = "", json: Json = False, config: CentralFile = None) -> int:
    """Suspend DEVICE: believe it no more until it is resumed, tell it so and end its connection.

    For one that was stolen, or whose certificate was revoked. Exit 1 where the broker was not reached.

    Example: gatepost central gate suspend green-court.main
    """
    with opened(config) as store, store.writing() as connection:
        devices.suspend_device(connection, device, wall())
        _note(connection, actor, "suspend_gate", device)
    said = f"device {device} is believed no more, until: gatepost central gate resume {device}"
    return _dismissed(config, device, RefusedDevice.SUSPENDED, said, json=json)


@gate_app.command
def resume(device: DeviceId, /, *, actor: Whose = "", json: Json = False, config: CentralFile = None) -> None:
    """Resume DEVICE, which was suspended; it comes back within a minute.

    Example: gatepost central gate resume green-court.main
    """
    with opened(config) as store, store.writing() as connection:
        devices.resume_device(connection, device)
        _note(connection, actor, "resume_gate", device)
    answer({"device": device, "state": "resumed"}, f"device {device} is believed again", json=json)


@gate_app.command
def disconnect(device: DeviceId, /, *, json: Json = False, config: CentralFile = None) -> None:
    """Tell DEVICE to leave and end its connection: one whose certificate was revoked does not come back.

    The broker has to have read the list of revocations before: systemctl reload mosquitto.

    Example: gatepost central gate disconnect green-court.main
    """
    if DEVICE.fullmatch(device) is None:
        raise ConfigurationError(f"{device!r} cannot be a device's id", remedy="gatepost central gate list")
    was_there = told_to_leave(config, device, RefusedDevice.DISCONNECTED)
    ended = f"device {device} was told, and its connection was ended; it may come back"
    answer(
        {"device": device, "state": RefusedDevice.DISCONNECTED, "was_connected": was_there},
        ended if was_there else f"device {device} is not connected",
        json=json,
    )


def _note(connection: Connection, actor: str, act: str, device: str) -> None:
    """Note in the audit what was done to a device in service."""
    about = About("gate", device, devices.site_of(connection, device))
    audit.note(connection, whose(actor), act, about, wall())


@site_app.command(name="list")
def list_sites(*, json: Json = False, config: CentralFile = None) -> None:
    """List every site.

    Example: gatepost central site list
    """
    with opened(config) as store, store.reading() as connection:
        found = devices.sites(connection)
    for site in found:
        _show_site(site, json=json)


@site_app.command(name="set")
def set_site(
    site_id: Annotated[str, Parameter(name="SITE", help="The site's id.")],
    /,
    *,
    name: Annotated[str | None, Parameter(help="What people call it.")] = None,
    address: Annotated[str | None, Parameter(help="The site's address code.")] = None,
    city: Annotated[str | None, Parameter(help="The city that it is in.")] = None,
    district: Annotated[str | None, Parameter(help="The district.")] = None,
    street: Annotated[str | None, Parameter(help="The street.")] = None,
    community: Annotated[str | None, Parameter(help="The community.")] = None,
    time_zone: Annotated[
        str | None, Parameter(help="The zone of its times; of a new site Asia/Shanghai.")
    ] = None,
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Set a site: make it, or say anew where it is. What is not named stays. Its gates notice nothing.

    Example: gatepost central site set green-court --city Shanghai --district Pudong
    """
    from edge.admin.site_file import SiteFile, check_site

    named = {
        "name": name,
        "time_zone": time_zone,
        "address": address,
        "city": city,
        "district": district,
        "street": street,
        "community": community,
    }
    changes = {key: value for key, value in named.items() if value is not None}
    with opened(config) as store, store.writing() as connection:
        held = next((site for site in devices.sites(connection) if site.id == site_id), SiteFile(site_id))
        site = msgspec.structs.replace(held, **changes)
        check_site(site)
        devices.put_site(connection, site)
    _show_site(site, json=json)


def _show_site(site: SiteFile, *, json: bool) -> None:
    place = " / ".join(filter(None, (site.city, site.district, site.street, site.community)))
    fields = msgspec.to_builtins(site)
    answer(
        {"site": fields.pop("id"), **fields}, "  ".join(filter(None, (site.id, site.name, place))), json=json
    )


def _dismissed(config: Path | None, device: str, why: RefusedDevice, said: str, *, json: bool) -> int:
    """Tell the device, end its connection, and say what came of it: 1 where the broker was not reached."""
    code, was_there = 0, None
    try:
        was_there = told_to_leave(config, device, why)
        end = "it was told, and its connection was ended" if was_there else "it is not connected"
    except GatepostError as error:
        code, end = 1, f"its connection, if it has one, was not ended: {error}"
    answer({"device": device, "state": why, "was_connected": was_there, "text": end}, said, end, json=json)
    return code


def told_to_leave(config: Path | None, device: str, why: RefusedDevice) -> bool:
    """Whether it was connected; it is not any more. Raises GatepostError."""
    from sync.central.configuration import load_configuration
    from sync.central.devices.refusals import dismiss

    configuration = load_configuration(central_file(config))
    key = read_private_key(configuration.central.key)
    sender = f"{configuration.central.id}-dismiss-{token_hex(4)}"
    return dismiss(configuration.broker, sender, device, DeviceRefused(why, wall()), key)


def _refusal_line(item: RefusalCount, now: int) -> str:
    who = "central refused its" if item.by == BY_CENTRAL else "it refused central's"
    often = f"{counted(item.times, 'time')}, last {ago(item.at, now)}"
    return f"{who} {item.channel}: {item.code}, {often}: {item.detail}"


def _number(held: int | None) -> str:
    return "" if held is None else str(held)


def _state(gate: KnownDevice) -> str:
    if gate.retired:
        return "retired"
    return "suspended" if gate.suspended else gate.state or "never seen"


def _cells(gate: KnownDevice, now: int) -> tuple[str, ...]:
    offset = "" if gate.clock_offset is None else f"{gate.clock_offset / 1e6:+.1f} s"
    found = ", ".join(f"{kind} {count}" for kind, count in sorted(gate.findings.items()))
    return (
        gate.device,
        gate.site,
        gate.gate,
        _state(gate),
        ago(gate.last_seen, now),
        _number(gate.registry_version),
        _number(gate.root_version),
        _number(gate.revocations),
        str(gate.acknowledged) + (" and a gap" if gate.pending else ""),
        "" if gate.waiting is None else str(gate.waiting),
        offset,
        found,
    )
