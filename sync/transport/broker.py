"""The `[broker]` table of sync.toml and central.toml: which broker, and with which identity."""

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


class Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ca`, `certificate` and `key` are PEM files for TLS 1.3; `plain = true` is no TLS, for a broker on
    the same machine and for tests. `keepalive` is MQTT's, in seconds; `longest_pause` caps the seconds
    between tries.
    """

    host: Annotated[str, Meta(pattern=r"\A[^\s/]{1,253}\Z", description="a host: its name or address")]
    port: Annotated[int, Meta(ge=1, le=65535)] = 8883
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    plain: bool = False
    keepalive: Annotated[int, Meta(ge=2, le=600)] = 20
    longest_pause: Annotated[float, Meta(ge=0.1, le=3600)] = 60.0


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


def valid_until(broker: Broker) -> str:
    """A clause on when this end's certificate expires, for a message; empty if none can be read."""
    if broker.plain or broker.certificate is None:
        return ""
    try:
        certificate = x509.load_pem_x509_certificate(
            read_bounded(broker.certificate, _MOST_BYTES, follow=True)
        )
    except (OSError, ValueError):
        return ""
    return (
        f": is {broker.certificate} still valid? It is valid until {certificate.not_valid_after_utc:%Y-%m-%d}"
    )
