"""The `[broker]` table of sync.toml and central.toml: which broker, and with which identity; and a broker of
somebody else's, which knows users by their passwords.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography import x509
from msgspec import Meta

from edge.errors import ConfigurationError
from edge.support.files import read_bounded

_MOST_BYTES = 256 * 1024
"""More than a chain of certificates has, in bytes."""
_MOST_PASSWORD_BYTES = 1024

Host = Annotated[str, Meta(pattern=r"\A[^\s/]{1,253}\Z", description="a host: its name or address")]
Port = Annotated[int, Meta(ge=1, le=65535)]


class Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ca`, `certificate` and `key` are PEM files for TLS 1.3; `plain = true` is no TLS, for a broker on
    the same machine and for tests. `keepalive` is MQTT's, in seconds; `longest_pause` caps the seconds
    between tries.
    """

    host: Host
    port: Port = 8883
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    plain: bool = False
    keepalive: Annotated[int, Meta(ge=2, le=600)] = 20
    longest_pause: Annotated[float, Meta(ge=0.1, le=3600)] = 60.0


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
        where, remedy = str(self.password), "write the user's password into it, on one line (mode 0600)"
        try:
            found = read_bounded(self.password, _MOST_PASSWORD_BYTES, follow=True).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"no password can be read: {error}", where=where, remedy=remedy
            ) from None
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
