"""`gatepost central gates` and `sites`: where the gates are, and how each one is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from edge.registry.keys import read_public_keys
from edge.site.office import SiteFile
from sync.central import devices
from sync.central.devices import Gate
from sync.central.service import wall
from sync.cli.opening import HERE, Config, ago, iso, opened

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
def retire(device: str, *, config: Config = HERE) -> None:
    """Believe DEVICE no more; what it sent stays."""
    with opened(config) as store, store.writing() as connection:
        devices.retire_device(connection, device, wall())
    print(f"device {device} is believed no more; revoke its certificate too")


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


def _cells(gate: Gate, now: int) -> tuple[str, ...]:
    offset = "" if gate.clock_offset is None else f"{gate.clock_offset / 1e6:+.1f} s"
    found = ", ".join(f"{kind} {count}" for kind, count in sorted(gate.findings.items()))
    return (
        gate.device,
        gate.site,
        gate.gate,
        "retired" if gate.retired else gate.state or "never seen",
        ago(gate.last_seen, now),
        "" if gate.registry_version is None else str(gate.registry_version),
        str(gate.acknowledged) + (" and a gap" if gate.pending else ""),
        "" if gate.waiting is None else str(gate.waiting),
        offset,
        found,
    )
