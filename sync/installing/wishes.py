"""What a person asks of a centre's setup, refused where it cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.backup.keys import recipients_of
from edge.errors import ConfigurationError
from sync.ca.certificates import AuthorityError, host_of
from sync.installing.database import Database
from sync.transport.rabbitmq.folders import check_nodes

DISKS = ("/media", "/mnt", "/srv", "/var/backups")
"""Below these the unit that makes backups may write."""


@dataclass(frozen=True)
class Wishes:
    """What a person asks for: the machine's names, the database, the first administrator, a site to take
    over, whether the broker runs here, on which disk backups go, with the public keys that open them; and the
    nodes of RabbitMQ where they are the broker, with the one name by which gates reach them, if there is
    one: else each by its own.
    """

    hosts: tuple[str, ...]
    database: Database
    administrator: str = "admin"
    take_over: Path | None = None
    broker: bool = True
    password: Path | None = None
    backup: Path | None = None
    recipients: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    nodes_name: str = ""

    def __post_init__(self) -> None:
        """Refuse a centre that nobody could name, and backups that nobody could open or find."""
        if not self.hosts:
            raise ConfigurationError(
                "under which name or address do gates reach this machine?", where="--host"
            )
        named = {"--host": self.hosts, "--node": self.nodes, "--broker": (self.nodes_name,)}
        for option, hosts in named.items():
            try:
                for host in filter(None, hosts):
                    host_of(host)
            except AuthorityError as error:
                raise ConfigurationError(error.what, where=option, remedy=error.remedy) from None
        self._check_nodes()
        if self.password is not None and not self.database.host:
            raise ConfigurationError(
                "this centre's database takes no password from a file",
                where="--database-password",
                remedy="it is for postgresql://USER@HOST/NAME, by --database; where central.toml names that "
                "already, add ?passfile=/etc/gatepost-central/pgpass to its [store] url",
            )
        if (self.backup is None) is not (not self.recipients):
            raise ConfigurationError(
                "a backup needs a place and a key that opens it",
                where="--backup, --backup-to",
                remedy="gatepost backup key create backup.key, on another machine, prints age1…",
            )
        if self.recipients:
            recipients_of(self.recipients, "--backup-to")
        if self.backup is not None and not any(map(self.backup.absolute().is_relative_to, DISKS)):
            raise ConfigurationError(
                "the unit that makes backups may not write there",
                where=f"--backup {self.backup}",
                remedy=f"mount the disk below {', '.join(DISKS[:-1])} or {DISKS[-1]}",
            )

    def _check_nodes(self) -> None:
        if not self.nodes:
            if self.nodes_name:
                raise ConfigurationError("goes with --node", where="--broker", remedy="name the nodes too")
            return
        check_nodes(self.nodes)
        if not self.broker:
            raise ConfigurationError("the nodes are the broker", where="--without-broker, --node")

    @property
    def has_mosquitto(self) -> bool:
        """Whether the broker runs on this machine."""
        return self.broker and not self.nodes

    @property
    def broker_names(self) -> tuple[str, ...]:
        """What the certificate of the broker has to name."""
        reached = (*self.nodes, *filter(None, (self.nodes_name,))) if self.nodes else self.hosts
        return tuple(dict.fromkeys((*reached, "localhost", "127.0.0.1")))
