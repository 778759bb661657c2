"""central.toml: the database, the broker, and central's identity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.support.toml import load_toml
from sync.central.units import HOUR
from sync.gate_invitation import Address
from sync.home_assistant.discovery import Prefix
from sync.transport.broker import Broker, Host

ServiceName = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z0-9._-]{1,63}\Z",
        description="a name: at most 63 letters, digits, dots, dashes and underscores",
    ),
]


KEYS_EVERY = 2.0
"""Seconds after which the devices' keys are read again."""


class StoreSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[store]`: `url` as SQLAlchemy writes it, sqlite:////path/central.sqlite or
    postgresql://user@host/name.

    Keys of devices are read again after `keys_every` seconds: a retired one is accepted that long, at most.
    """

    url: str
    keys_every: Annotated[float, Meta(ge=0.1, le=3600)] = KEYS_EVERY


class CentralSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[central]`: `id` is this process's MQTT client id, different for each process that shares the
    load; `key` (PEM, mode 0600) signs what central says; `group` names the processes that share the load
    (the key makes it unguessable).
    """

    key: Path
    id: ServiceName = "central-1"
    group: ServiceName = "central"


class PublishingSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[registry]`: what central publishes with. Only one process of a centre has this section.

    `folder` keeps what was published; `sites` has a folder for each site, with its policy.toml, the seal.key
    that seals its registry for its gates, and the public keys of its passes and lists. Gates trust `root_key`
    and `roots`; `registry_key` and `policy_key` are the keys that the newest root names. Central looks every
    `look_every` seconds for what was published. What a version contained is kept for `archive_days` after the
    next one is out, so that decisions under it can be explained. With `publish_after` it publishes by itself,
    so many seconds after the first change that is not published.
    `pass_key` signs the passes of visitors; a site's gates take them where its passes.pub names the key.
    """

    folder: Path
    sites: Path
    root_key: Path
    roots: Path
    registry_key: Path
    policy_key: Path
    look_every: Annotated[float, Meta(ge=0.1, le=3600)] = 2.0
    publish_after: Annotated[float, Meta(ge=1, le=7 * 86_400)] | None = None
    archive_days: Annotated[int, Meta(ge=1, le=36_500)] = 400
    pass_key: Path | None = None


class DirectoryGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[console.directory.grants]]`: who has `value` in the claim has `role` at `place` (a site's id, a code
    or a path of names; none: everywhere).
    """

    value: str
    role: Literal["administrator", "operator", "auditor", "registrar"]
    place: str | None = None


class DirectorySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[console.directory]`: a directory that vouches for people, by OpenID Connect.

    `name` is what the sign-in page calls it; `issuer` its address; `client_id`, and the file `client_secret`
    with the secret, are what it gave this console. `claim` names what the grants go by: a text, or a list.
    """

    name: str
    issuer: Annotated[
        str, Meta(pattern=r"\Ahttps?://[^\s?#]+\Z", description="an address: https://name/path")
    ]
    client_id: str
    client_secret: Path
    claim: str = "groups"
    grants: tuple[DirectoryGrant, ...] = ()


class CentralConsoleSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[console]`: where the pages and the API answer.

    `origin` is the address in people's browsers where a reverse proxy stands before it
    (https://console.example.org); without one it is http://host:port. A session ends `session_hours` after
    the sign-in. Times are shown in `time_zone`, pages in `language` where the browser asks for no other.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080
    origin: Annotated[
        str,
        Meta(
            pattern=r"\A(https?://[A-Za-z0-9.:\[\]-]+)?\Z",
            description="an origin: https://name or http://name:port, without a path",
        ),
    ] = ""
    session_hours: Annotated[float, Meta(ge=0.1, le=24 * 31)] = 12.0
    time_zone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    directory: DirectorySection | None = None

    @property
    def public_origin(self) -> str:
        """The address in people's browsers."""
        return self.origin or f"http://{self.host}:{self.port}"

    @property
    def is_over_tls(self) -> bool:
        """Whether browsers reach it by TLS only."""
        return self.origin.startswith("https://")


class ChangesSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[changes]`: what one person may change alone within `window_hours`; more waits for a second person,
    for `lapse_hours` at most.

    One person may change the status, the isolation or the right of `share` of a site's people, and of
    `people` at least; may erase `erasures`; and may revoke `revocations`, one by one. A policy always waits.

    Nobody is put into a group of `must_end` without an end of their right.
    """

    share: Annotated[float, Meta(ge=0, le=1)] = 0.005
    people: Annotated[int, Meta(ge=0, le=1000)] = 5
    erasures: Annotated[int, Meta(ge=0, le=1000)] = 3
    revocations: Annotated[int, Meta(ge=0, le=1000)] = 20
    window_hours: Annotated[float, Meta(ge=1, le=720)] = 24
    lapse_hours: Annotated[float, Meta(ge=1, le=720)] = 24
    must_end: Annotated[tuple[str, ...], Meta(max_length=64)] = ("tenant",)


class ReceiptsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[receipts]`: a gate that has not confirmed within `bound_hours` that somebody is gone is overdue."""

    bound_hours: Annotated[float, Meta(ge=0.01, le=24 * 365)] = 24.0

    @property
    def bound(self) -> int:
        """The same in microseconds."""
        return int(self.bound_hours * HOUR)


class CentralCommandsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[commands]`: `key` (PEM, mode 0600) signs what is asked for in the console. Without it nothing that is
    asked for there is sent, and the command line signs with a key that it is given.
    """

    key: Path


class ReportsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[reports]`: reports are kept for `keep_days` after they were asked for."""

    keep_days: Annotated[int, Meta(ge=1, le=36_500)] = 1100


class CentralHomeAssistantSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[home_assistant]`: shows the gates to a Home Assistant whose MQTT discovery has this `prefix`, every
    `every` seconds, by retained messages. `broker` is a table as [broker]; without one it is that one, which
    has to retain: the shipped configuration does not.
    """

    prefix: Prefix = "homeassistant"
    broker: Broker | None = None
    every: Annotated[float, Meta(ge=1, le=3600)] = 30.0


class MailSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[mail]`: the server through which the centre sends, as `sender`. `security` is "starttls", "tls", or
    "plain" for a server on this machine. It signs in as `user` with what the file `password` (mode 0600)
    holds. `ca` is a file of certificates that it trusts, in place of the system's. One try takes `timeout`
    seconds at most.
    """

    host: str
    sender: Annotated[
        str,
        Meta(pattern=r"\A[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\Z", description="an address: gatepost@example.org"),
    ]
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "plain"] = "starttls"
    user: str = ""
    password: Path | None = None
    ca: Path | None = None
    timeout: Annotated[float, Meta(ge=1, le=120)] = 30.0


class WebhookSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[webhook]`: where messages are posted, signed with what the file `secret` (mode 0600) holds. An
    address of the house is posted to only with `allow_private`. `ca` and `timeout` are as in [mail].
    """

    url: Annotated[
        str, Meta(pattern=r"\Ahttps://[^\s/?#]+[^\s#]*\Z", description="an address: https://name/path")
    ]
    secret: Path
    allow_private: bool = False
    ca: Path | None = None
    timeout: Annotated[float, Meta(ge=1, le=120)] = 20.0


class DispatchSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[dispatch]`: minutes in which the centre chooses whom to send, before the nearest on duty is sent by
    itself (0: at once); in which a worker answers, before the next is asked; and in which they arrive.
    Workers call `phone`, where it is given.
    """

    choose_minutes: Annotated[float, Meta(ge=0, le=120)] = 0.0
    answer_minutes: Annotated[float, Meta(ge=0.5, le=120)] = 3.0
    arrive_minutes: Annotated[float, Meta(ge=1, le=1440)] = 10.0
    phone: Annotated[
        str, Meta(pattern=r"\A[0-9 +()-]{0,30}\Z", description="a telephone number: digits, blanks, + ( ) -")
    ] = ""


class AdoptionSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[adoption]`: gates are invited. `door` is the address at which devices reach the authority
    (HOST or HOST:PORT), `broker` that at which they reach the broker, and `more` its other nodes, at the same
    port (without `broker`: the hosts of [broker], port 8883). In `folder` central meets the authority's door.
    A code holds for `hours`.
    """

    door: Annotated[Address, Meta(min_length=1)]
    broker: Address = ""
    more: Annotated[tuple[Host, ...], Meta(max_length=15)] = ()
    folder: Path = Path("/var/lib/gatepost-door")
    hours: Annotated[float, Meta(gt=0, le=720)] = 24.0

    def __post_init__(self) -> None:
        if self.more and not self.broker:
            raise ValueError(
                "`more` names the other nodes of the one that `broker` names, which is missing: give both, "
                "or neither (gates are then told the hosts of [broker])"
            )


class HistorySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[history]`: moves what is old into Parquet files in `folder`, which every process of the centre
    reaches by this path: events after `after_days`, accesses after `accesses_after_days`, looked for every
    `every` seconds. Without the section nothing moves.
    """

    folder: Path
    # What other rules would have changed is asked about the last 30 days, and reads the database only.
    after_days: Annotated[int, Meta(ge=31, le=36_500)] = 90
    accesses_after_days: Annotated[int, Meta(ge=31, le=36_500)] = 400
    compression: Literal["zstd", "snappy", "none"] = "zstd"
    every: Annotated[float, Meta(ge=1, le=86_400)] = 3600.0


class BackupSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[backup]`: what `gatepost central backup create` takes where it is not told otherwise: the `folder`,
    on another disk, the public keys (age1…) that open it, how many of the newest to `keep`, and folders
    that belong to the centre and are named nowhere else (the authority's). One that is older than
    `warn_after_days` is old.
    """

    folder: Path
    recipients: Annotated[tuple[str, ...], Meta(min_length=1, max_length=16)]
    keep: Annotated[int, Meta(ge=1, le=10_000)] = 14
    also: Annotated[tuple[Path, ...], Meta(max_length=32)] = ()
    warn_after_days: Annotated[float, Meta(ge=0.01, le=3650)] = 2.0


class CentralConfiguration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """central.toml as a whole."""

    store: StoreSection
    central: CentralSection
    broker: Broker
    registry: PublishingSection | None = None
    console: CentralConsoleSection = CentralConsoleSection()
    changes: ChangesSection = ChangesSection()
    receipts: ReceiptsSection = ReceiptsSection()
    reports: ReportsSection = ReportsSection()
    commands: CentralCommandsSection | None = None
    home_assistant: CentralHomeAssistantSection | None = None
    mail: MailSection | None = None
    webhook: WebhookSection | None = None
    dispatch: DispatchSection = DispatchSection()
    history: HistorySection | None = None
    adoption: AdoptionSection | None = None
    backup: BackupSection | None = None


def load_configuration(path: Path) -> CentralConfiguration:
    """Read central.toml. Raises ConfigurationError, which names the file, the key and the remedy."""
    remedy = "docs/central.md says under Keys which page explains it"
    missing = "name another with --config, or make one: gatepost central init FOLDER"
    return load_toml(path, CentralConfiguration, remedy, missing=missing)
