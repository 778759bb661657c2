"""sync.toml: the identity of this gate's sync process, the keys it trusts, and where it meets the gate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.support.distinct import refuse_shared_paths
from edge.support.names import Identifier
from edge.support.toml import load_toml
from sync.home_assistant.discovery import Prefix
from sync.transport.broker import Broker, OtherBroker


class DeviceSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[device]`: `id` is the name in the certificate; `key` (PEM, mode 0600) signs what this device
    sends.
    """

    id: Identifier
    key: Path


class TrustedCentralSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[central]`: `keys` are the public keys (PEM) that sign what central sends; two while one is
    replaced.
    """

    keys: Annotated[tuple[Path, ...], Meta(min_length=1)]


class SyncJournalSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[journal]`: the gate serves its journal at `socket`, and reads acknowledgements in `acknowledged`."""

    socket: Path
    acknowledged: Path


class SyncRegistrySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[registry]`: the same `site`, `gate`, `inbox`, `folder` and `root_key` as in gate.toml; `spool` is
    sync's. `lists` is the folder for lists about health certificates; without it none are fetched.
    """

    site: Identifier
    gate: Identifier
    root_key: Path
    inbox: Path
    folder: Path
    spool: Path
    lists: Path | None = None
    bytes_a_second: Annotated[float, Meta(ge=1_000, le=1_000_000_000)] = 2_000_000.0


class SyncCountsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[counts]`: where the gate leaves its counts and reads the other gates', as in gate.toml."""

    outbox: Path
    inbox: Path


class SyncCommandsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[commands]`: the gate takes commands at `socket`, as in gate.toml."""

    socket: Path


class SyncEnrolmentsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[enrolments]`: where the gate leaves requests for central, and reads the answers; as in gate.toml."""

    outbox: Path
    answers: Path


class LimitsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[limits]`: `upload` caps what is sent, in bytes a second; 0 is no cap. Ordinary events wait for each
    other for `linger` seconds. Health is reported every `report_every` seconds, before central calls a gate
    silent (180 s).
    """

    upload: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    linger: Annotated[float, Meta(ge=0, le=60)] = 5.0
    report_every: Annotated[float, Meta(ge=10, le=150)] = 60.0


class HomeAssistantSection(OtherBroker, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[home_assistant]`: shows this gate to a Home Assistant whose MQTT discovery has this `prefix`, at its
    own broker. The gate is asked at `socket` (gate.toml's `staff.socket`) every `every` seconds; after a
    failure nothing is tried for `longest_pause`.
    """

    socket: Path
    prefix: Prefix = "homeassistant"
    every: Annotated[float, Meta(ge=0.1, le=10)] = 2.0
    longest_pause: Annotated[float, Meta(ge=0.1, le=3600)] = 30.0


class SyncConfiguration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """sync.toml as a whole."""

    device: DeviceSection
    broker: Broker
    central: TrustedCentralSection
    journal: SyncJournalSection
    registry: SyncRegistrySection | None = None
    commands: SyncCommandsSection | None = None
    counts: SyncCountsSection | None = None
    enrolments: SyncEnrolmentsSection | None = None
    home_assistant: HomeAssistantSection | None = None
    limits: LimitsSection = LimitsSection()

    def __post_init__(self) -> None:
        """Refuse two keys that name the same path, and a protocol that no device speaks."""
        if self.broker.is_amqp:
            raise ValueError('a device speaks MQTT: take protocol = "amqp" out of [broker]')
        sections = {
            "journal": self.journal,
            "registry": self.registry,
            "commands": self.commands,
            "counts": self.counts,
            "enrolments": self.enrolments,
            "home_assistant": self.home_assistant,
        }
        refuse_shared_paths(sections)


def load_configuration(path: Path) -> SyncConfiguration:
    """Read sync.toml. Raises ConfigurationError, which names the file, the key and the remedy."""
    remedy, missing = (
        "docs/sync.md lists every key",
        "name another with --config, or make one: gatepost sync init",
    )
    return load_toml(path, SyncConfiguration, remedy, missing=missing)
