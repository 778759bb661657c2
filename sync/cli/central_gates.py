"""`gatepost central gates` and `sites`: where the gates are, and how each one is."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex
from typing import Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from edge.admin.site_admin import SiteFile
from edge.errors import GatepostError
from edge.registry.keys import read_public_keys
from edge.signing.key_files import read_private_key
from sync.central.configuration import load_configuration
from sync.central.devices import devices
from sync.central.devices.devices import Gate
from sync.central.devices.strangers import dismiss
from sync.central.service import wall
from sync.cli.central_context import HERE, Config, ago, iso, opened
from sync.wire import DEVICE, DeviceRefused, RefusedDevice

_HEADS = ("device", "site", "gate", "state", "seen", "registry", "stored", "wait", "clock", "findings")
_WIDTHS = (16, 16, 10, 10, 10, 8, 9, 6, 8, 8)

gates_app = cyclopts.App(name="gates", help="The gates: who holds which version, last seen, gaps.")
sites_app = cyclopts.App(name="sites", help="The sites, and where they are.")


@gates_app.default
def list_gates(*, config: Config = HERE, json: bool = False) -> None:
    """List every gate; all but place, stored and findings is what the gate said of itself."""
    with opened(config) as store, store.reading() as connection:
        found = devices.gates(connection)
    if json:
        for gate in found:
            fields = msgspec.to_builtins(gate) | {"last_seen": iso(gate.last_seen)}
            print(msgspec.json.encode(fields).decode())
        return
    now = wall()
    for cells in (_HEADS, *(_cells(gate, now) for gate in found)):
        line = "  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
        print(line.rstrip())


@gates_app.command
def add(
    device: str,
    *,
    site: str,
    gate: str,
    key: Annotated[Path, Parameter(help="the device's public message key, PEM")],
    config: Config = HERE,
) -> None:
    """Let DEVICE speak for a gate."""
    [public] = read_public_keys(key)
    with opened(config) as store, store.writing() as connection:
        devices.enrol_device(connection, device, (site, gate), public, wall())
    print(f"device {device} speaks for gate {gate} of {site}")


@gates_app.command
def retire(device: str, *, config: Config = HERE) -> int:
    """Believe DEVICE no more, for good, tell it so and end its connection; what it sent stays.

    Exit 1 where the broker was not reached: the device is told at its next word then.
    """
    with opened(config) as store, store.writing() as connection:
        devices.retire_device(connection, device, wall())
    print(f"device {device} is believed no more; revoke its certificate too: gatepost central ca revoke")
    return _dismissed(config, device, RefusedDevice.RETIRED)


@gates_app.command
def suspend(device: str, *, config: Config = HERE) -> int:
    """Believe DEVICE no more until it is resumed, tell it so and end its connection.

    For one that was stolen, or whose certificate was revoked. Exit 1 where the broker was not reached.
    """
    with opened(config) as store, store.writing() as connection:
        devices.suspend_device(connection, device, wall())
    print(f"device {device} is believed no more, until: gatepost central gates resume {device}")
    return _dismissed(config, device, RefusedDevice.SUSPENDED)


@gates_app.command
def resume(device: str, *, config: Config = HERE) -> None:
    """Believe DEVICE again, which was suspended; it comes back within a minute."""
    with opened(config) as store, store.writing() as connection:
        devices.resume_device(connection, device)
    print(f"device {device} is believed again")


@gates_app.command
def disconnect(device: str, *, config: Config = HERE) -> None:
    """Tell DEVICE to leave and end its connection: one whose certificate was revoked does not come back.

    The broker has to have read the list of revocations before: systemctl reload mosquitto.
    """
    if DEVICE.fullmatch(device) is None:
        raise GatepostError(f"{device!r} cannot be a device's id", remedy="gatepost central gates")
    if _told_to_leave(config, device, RefusedDevice.DISCONNECTED):
        print(f"device {device} was told, and its connection was ended; it may come back")
    else:
        print(f"device {device} is not connected")


@sites_app.default
def list_sites(*, config: Config = HERE, json: bool = False) -> None:
    """List every site."""
    with opened(config) as store, store.reading() as connection:
        found = devices.sites(connection)
    for site in found:
        if json:
            print(msgspec.json.encode(site).decode())
        else:
            place = " / ".join(filter(None, (site.city, site.district, site.street, site.community)))
            print(f"{site.id}  {site.name}  {place}")


@sites_app.command
def put(
    site_id: str,
    *,
    name: str = "",
    address: str = "",
    city: str = "",
    district: str = "",
    street: str = "",
    community: str = "",
    time_zone: str = "Asia/Shanghai",
    config: Config = HERE,
) -> None:
    """Make a site, or say anew where it is. Its gates notice nothing."""
    site = SiteFile(site_id, name, time_zone, address, city, district, street, community)
    with opened(config) as store, store.writing() as connection:
        devices.put_site(connection, site)
    print(f"site {site_id}")


def _dismissed(config: Path, device: str, why: RefusedDevice) -> int:
    try:
        was_there = _told_to_leave(config, device, why)
    except GatepostError as error:
        print(f"its connection, if it has one, was not ended: {error}")
        return 1
    print("it was told, and its connection was ended" if was_there else "it is not connected")
    return 0


def _told_to_leave(config: Path, device: str, why: RefusedDevice) -> bool:
    """Whether it was connected; it is not any more. Raises GatepostError."""
    configuration = load_configuration(config)
    key = read_private_key(configuration.central.key)
    sender = f"{configuration.central.id}-dismiss-{token_hex(4)}"
    return dismiss(configuration.broker, sender, device, DeviceRefused(why, wall()), key)


def _state(gate: Gate) -> str:
    if gate.retired:
        return "retired"
    return "suspended" if gate.suspended else gate.state or "never seen"


def _cells(gate: Gate, now: int) -> tuple[str, ...]:
    offset = "" if gate.clock_offset is None else f"{gate.clock_offset / 1e6:+.1f} s"
    found = ", ".join(f"{kind} {count}" for kind, count in sorted(gate.findings.items()))
    return (
        gate.device,
        gate.site,
        gate.gate,
        _state(gate),
        ago(gate.last_seen, now),
        "" if gate.registry_version is None else str(gate.registry_version),
        str(gate.acknowledged) + (" and a gap" if gate.pending else ""),
        "" if gate.waiting is None else str(gate.waiting),
        offset,
        found,
    )
