"""The `[broker]` table of sync.toml and central.toml: which broker, and with which identity; and a broker of
somebody else's, which knows users by their passwords.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.errors import ConfigurationError
from edge.support.files import read_bounded

_MOST_PASSWORD_BYTES = 1024

AMQP_PORT = 5671
_MQTT_PORTS = frozenset({1883, 8883, 8884})

Host = Annotated[str, Meta(pattern=r"\A[^\s/]{1,253}\Z", description="a host: its name or address")]
Port = Annotated[int, Meta(ge=1, le=65535)]


class Management(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[broker.management]`: RabbitMQ's management API, over TLS at the broker's hosts, by which central
    keeps users and rules as they have to be. `password` is a file (mode 0600) with that of `user`; every
    `every` seconds is looked what has changed.
    """

    password: Path
    port: Port = 15671
    user: Annotated[str, Meta(min_length=1, max_length=64)] = "gatepost-administrator"
    every: Annotated[float, Meta(ge=0.5, le=3600)] = 5.0


class Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ca`, `certificate` and `key` are PEM files for TLS 1.3; `plain = true` is no TLS, for a broker on
    the same machine and for tests. `keepalive` is in seconds; `longest_pause` caps the seconds between tries.

    A cluster has `more` nodes, at the same port, which are tried by turns. `protocol = "amqp"` is for a
    centre at RabbitMQ (port 5671), where journals are spread over `journals` queues.
    """

    host: Host
    port: Port = 8883
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    plain: bool = False
    keepalive: Annotated[int, Meta(ge=2, le=600)] = 20
    longest_pause: Annotated[float, Meta(ge=0.1, le=3600)] = 60.0
    more: Annotated[tuple[Host, ...], Meta(max_length=15)] = ()
    protocol: Literal["mqtt", "amqp"] = "mqtt"
    journals: Annotated[int, Meta(ge=1, le=64)] = 8
    management: Management | None = None

    def __post_init__(self) -> None:
        """Refuse what no broker answers."""
        if self.protocol == "mqtt":
            if self.management is not None:
                raise ValueError('[broker.management] is RabbitMQ\'s: set protocol = "amqp" with it')
            return
        if self.plain:
            raise ValueError('protocol = "amqp" goes by certificates: take plain = true away')
        if self.port in _MQTT_PORTS:
            raise ValueError(f'port {self.port} is for MQTT, and protocol is "amqp": set port = {AMQP_PORT}')

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every node, each once."""
        return tuple(dict.fromkeys((self.host, *self.more)))

    @property
    def is_amqp(self) -> bool:
        return self.protocol == "amqp"

    def at(self, host: str) -> Broker:
        """The same by one of its nodes alone."""
        return msgspec.structs.replace(self, host=host, more=())


class OtherBroker(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A broker of somebody else's: `password` is a file (mode 0600) with that of `user`; by `ca` (PEM) it is
    known over TLS 1.3. `plain = true` is no TLS.
    """

    host: Host
    port: Port = 8883
    user: Annotated[str, Meta(max_length=64)] = ""
    password: Path | None = None
    ca: Path | None = None
    plain: bool = False
    keepalive: Annotated[int, Meta(ge=15, le=600)] = 20

    def __post_init__(self) -> None:
        """Refuse a connection of which nobody said how it is protected, and a password of nobody."""
        if (self.ca is None) != self.plain:
            raise ValueError("set ca (the broker's, PEM) for TLS, or plain = true to go without: one of them")
        if (self.password is None) != (not self.user):
            raise ValueError("user and password go together: set both, or neither")

    def secret(self) -> str | None:
        """The password in its file, read again each time; None: there is none. Raises ConfigurationError."""
        if self.password is None:
            return None
        return read_password(self.password)


def read_password(path: Path) -> str:
    """The password that a file holds. Raises ConfigurationError."""
    where, remedy = str(path), "write the user's password into it, on one line (mode 0600)"
    try:
        found = read_bounded(path, _MOST_PASSWORD_BYTES, follow=True).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"no password can be read: {error}", where=where, remedy=remedy) from None
    if not found:
        raise ConfigurationError("no password is in it", where=where, remedy=remedy)
    return found
