"""How a broker is known, and this end to it: the context of a connection, and its certificate."""

from __future__ import annotations

import ssl

from cryptography import x509

from edge.errors import ConfigurationError
from edge.support.files import read_bounded
from sync.transport.broker import Broker, OtherBroker

_MOST_BYTES = 256 * 1024
"""More than a chain of certificates has, in bytes."""


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
