"""What the commands of `gatepost central` share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from edge.cli.arguments import named_or_usual
from edge.errors import ConfigurationError
from edge.signing.cose import instant
from edge.support.decoding import Undecodable

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from sync.central.accounts.actor import Actor
    from sync.central.configuration import ChangesSection, PublishingSection
    from sync.central.store import Store

AUTHORITY = Path("/var/lib/gatepost-authority")
"""The certificate authority's folder, where it is on this machine."""
_CENTRAL_FILE = Path("/etc/gatepost-central/central.toml")

CentralFile = Annotated[
    Path | None,
    Parameter(name="--config", help=f"central.toml; by default the current folder's, else {_CENTRAL_FILE}."),
]
SiteId = Annotated[str, Parameter(name="SITE", help="The site's id.")]
DeviceId = Annotated[str, Parameter(name="DEVICE", help="The device's id: gatepost central gate list.")]

Whose = Annotated[str, Parameter(name="--actor", help="Who does it; by default this computer's user.")]


def whose(actor: str) -> Actor:
    """The person at this command line, by the name that they gave, or by this computer's."""
    from getpass import getuser

    from sync.central.accounts.actor import command_line_actor

    return command_line_actor(actor.strip() or getuser())


def central_file(config: Path | None) -> Path:
    return named_or_usual(config, _CENTRAL_FILE)


def limits_of(config: Path | None) -> ChangesSection:
    """What one person may change alone."""
    from sync.central.configuration import load_configuration

    return load_configuration(central_file(config)).changes


@contextmanager
def opened(config: Path | None) -> Iterator[Store]:
    """Central's database, closed afterwards."""
    from sync.central.configuration import load_configuration
    from sync.central.store import open_store

    store = open_store(load_configuration(central_file(config)).store.url)
    try:
        yield store
    finally:
        store.close()


def check_site(connection: Connection, site: str) -> None:
    """Raises StoreError where there is no such site: an id mistyped is no site without anything."""
    from sync.central.people.subjects import time_zone_of

    time_zone_of(connection, site)


def check_device(connection: Connection, device: str) -> None:
    """Raises StoreError where no device was ever known by that id."""
    from sync.central.devices.devices import known_devices
    from sync.central.store import StoreError

    if device not in {known.device for known in known_devices(connection)}:
        raise StoreError(f"there is no device {device!r}", remedy="gatepost central gate list")


def shown(at: int | None) -> str:
    """A time for people: UTC, to the second."""
    if at is None:
        return "never"
    moment = _moment(at)
    return f"not a time ({at})" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def ago(at: int | None, now: int) -> str:
    """How long ago it was, for people."""
    if at is None:
        return "never"
    seconds = max(0, now - at) // 1_000_000
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {name} ago"
    return f"{seconds} s ago"


def iso(at: int | None) -> str | None:
    """A time for programs; None also where a number is not one."""
    moment = None if at is None else _moment(at)
    return None if moment is None else moment.isoformat()


def section_of(config: Path | None) -> PublishingSection:
    """The [registry] of central.toml; raises ConfigurationError where there is none."""
    from sync.central.configuration import load_configuration

    file = central_file(config)
    section = load_configuration(file).registry
    if section is None:
        raise ConfigurationError(
            "has no [registry]", where=str(file), remedy="docs/registry.md says what belongs there"
        )
    return section


def _moment(at: int) -> datetime | None:
    """The time that a number in the database is. An older version stored any number that a gate wrote."""
    try:
        return instant(at)
    except Undecodable:
        return None
