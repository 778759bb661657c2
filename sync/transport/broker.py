"""The `[broker]` table of sync.toml and central.toml: which broker, and with which identity; and a broker of
somebody else's, which knows users by their passwords.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cryptography import x509
from msgspec import Meta

from edge.errors import ConfigurationError
from edge.support.files import read_bounded

_MOST_BYTES = 256 * 1024
"""More than a chain of certificates has, in bytes."""
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


def other_tls_of(broker: OtherBroker) -> ssl.SSLContext | None:
    """The TLS context; None for a plain connection. Raises ConfigurationError, which names the file."""
    if broker.ca is None:
        return None
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(broker.ca))
    except OSError as error:
        what = f"cannot use the broker's CA: {error.strerror or error}"
        raise ConfigurationError(what, where=str(broker.ca)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def tls_of(broker: Broker) -> ssl.SSLContext | None:
    """The TLS context; None for a plain connection. Raises ConfigurationError, which names the file.

    The files are read for each connection, so that a renewed certificate is used from the next one on.
    """
    if broker.plain:
        return None
    if broker.ca is None or broker.certificate is None or broker.key is None:
        raise ConfigurationError(
            "ca, certificate and key must all be set",
            where="[broker]",
            remedy="gatepost device enrol writes them; plain = true goes without TLS",
        )
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(broker.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(str(broker.certificate), str(broker.key))
    except OSError as error:  # ssl.SSLError is one
        raise ConfigurationError(
            f"cannot use the certificate, its key or the CA: {error.strerror or error}",
            where=f"{broker.certificate}",
        ) from None
    return context


def certificate_of(broker: Broker | OtherBroker) -> x509.Certificate | None:
    """The certificate of this end; None if none can be read."""
    if isinstance(broker, OtherBroker) or broker.plain or broker.certificate is None:
        return None
    try:
        return x509.load_pem_x509_certificate(read_bounded(broker.certificate, _MOST_BYTES, follow=True))
    except (OSError, ValueError):
        return None
