"""sync.toml: who this gate's sync process is, whom it believes, and where the seam to the gate lies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.support.distinct import refuse_shared_paths
from edge.support.names import Identifier
from edge.support.toml import load_toml
from sync.transport.broker import Broker


class DeviceSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id` is the name in the certificate, `key` (PEM, mode 0600) signs what this device sends."""

    id: Identifier
    key: Path


class CentralSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`keys` are the public keys (PEM) that sign what central sends: more than one while one is changed."""

    keys: Annotated[tuple[Path, ...], Meta(min_length=1)]


class JournalSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`socket` is where the gate serves its journal; `acknowledged` the folder that the gate reads."""

    socket: Path
    acknowledged: Path


class RegistrySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`site` and `gate` as in gate.toml, and its `inbox`, `folder` and `root_key`; `spool` is sync's own."""

    site: Identifier
    gate: Identifier
    root_key: Path
    inbox: Path
    folder: Path
    spool: Path
    bytes_a_second: Annotated[float, Meta(ge=1_000, le=1_000_000_000)] = 2_000_000.0


class CommandsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`socket` as in gate.toml: where commands are handed over to the gate."""

    socket: Path


class LimitsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`upload` is a cap in bytes a second, 0: none."""

    upload: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0


class SyncConfiguration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    device: DeviceSection
    broker: Broker
    central: CentralSection
    journal: JournalSection
    registry: RegistrySection | None = None
    commands: CommandsSection | None = None
    limits: LimitsSection = LimitsSection()

    def __post_init__(self) -> None:
        """Refuse two keys of the seam that name one path."""
        refuse_shared_paths({"journal": self.journal, "registry": self.registry, "commands": self.commands})


def load_configuration(path: Path) -> SyncConfiguration:
    """Read sync.toml; raises ConfigurationError that names the file, the key and what to do."""
    return load_toml(path, SyncConfiguration, "docs/sync.md lists every key")
