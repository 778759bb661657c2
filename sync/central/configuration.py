"""central.toml: where the database is, which broker, and who central is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.support.toml import load_toml
from sync.transport.broker import Broker

ServiceName = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z0-9._-]{1,63}\Z",
        description="a name: at most 63 letters, digits, dots, dashes and underscores",
    ),
]


class StoreSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`url` as SQLAlchemy writes it: sqlite:////path/central.sqlite, postgresql://user:word@host/name."""

    url: str


class CentralSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id` is this process's MQTT client id, another one for each that shares the load; `key` (PEM, mode
    0600) signs what central says; `group` is the name under which those with one key share:
    the key makes of it one that nobody can guess.
    """

    key: Path
    id: ServiceName = "central-1"
    group: ServiceName = "central"


class RegistrySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`folder` keeps what was published, `sites` a folder for each site with its policy.toml and the public
    keys of its passes and lists; `root_key` and `roots` are whom gates believe, `registry_key` and
    `policy_key` what the newest root names. Only one process of a centre has this section.
    """

    folder: Path
    sites: Path
    root_key: Path
    roots: Path
    registry_key: Path
    policy_key: Path


class CentralConfiguration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    store: StoreSection
    central: CentralSection
    broker: Broker
    registry: RegistrySection | None = None


def load_configuration(path: Path) -> CentralConfiguration:
    """Read central.toml; raises ConfigurationError that names the file, the key and what to do."""
    return load_toml(path, CentralConfiguration, "docs/sync.md lists every key")
