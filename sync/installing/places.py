"""Where a centre lies on its machine, and whose its files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CentrePlaces:
    """The paths of a centre below `root`, and the users of its processes, by name."""

    root: Path = Path("/")
    central_user: str = "gatepost-central"
    authority_user: str = "gatepost-authority"
    broker_group: str = "mosquitto"

    @property
    def configuration_folder(self) -> Path:
        return self.root / "etc/gatepost-central"

    @property
    def configuration(self) -> Path:
        return self.configuration_folder / "central.toml"

    @property
    def tls(self) -> Path:
        """What central reads of the authority: it writes here, and central's group reads."""
        return self.configuration_folder / "tls"

    @property
    def state(self) -> Path:
        """Central's keys, its database where it is SQLite, what it published."""
        return self.root / "var/lib/gatepost-central"

    @property
    def authority(self) -> Path:
        return self.root / "var/lib/gatepost-authority"

    @property
    def door(self) -> Path:
        return self.root / "var/lib/gatepost-door"

    @property
    def broker(self) -> Path:
        """What the broker reads: the authority writes here, and the broker's group reads."""
        return self.root / "etc/gatepost/broker"

    @property
    def broker_configuration(self) -> Path:
        return self.root / "etc/mosquitto/conf.d/gatepost.conf"

    @property
    def broker_limits(self) -> Path:
        return self.root / "etc/systemd/system/mosquitto.service.d/gatepost.conf"

    @property
    def nodes(self) -> Path:
        """A folder for each node of RabbitMQ, to be copied there: root's, for a key is in them."""
        return self.root / "etc/gatepost/cluster"

    @property
    def management(self) -> Path:
        """The password by which central keeps RabbitMQ's users and rules."""
        return self.state / "management.password"

    @property
    def password(self) -> Path:
        """Libpq's file with the password of the database, where it has one."""
        return self.configuration_folder / "pgpass"

    def seen(self, path: Path) -> Path:
        """A path as the processes of the centre see it, for which `root` is /."""
        return Path("/") / path.relative_to(self.root)
