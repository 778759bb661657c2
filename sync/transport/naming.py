"""Finds the cause of an error of the network, of TLS or of MQTT, and names it."""

from __future__ import annotations

import errno
import select
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from paho.mqtt.reasoncodes import ReasonCode

from edge.errors import ConfigurationError
from sync.transport.broker import Broker, OtherBroker
from sync.transport.core import (
    LinkCause,
    Named,
    cause_of_certificate,
    cause_of_tls,
    named,
    named_code,
)
from sync.transport.tls import certificate_of, tls_of

_OF_ERRNO = {
    errno.ECONNREFUSED: LinkCause.NOBODY_LISTENS,
    errno.ENETUNREACH: LinkCause.NO_ROUTE,
    errno.EHOSTUNREACH: LinkCause.NO_ROUTE,
    errno.EADDRNOTAVAIL: LinkCause.NO_ROUTE,
    errno.ENETDOWN: LinkCause.NO_ROUTE,
    errno.ETIMEDOUT: LinkCause.NO_ANSWER,
    errno.ECONNRESET: LinkCause.HUNG_UP,
    errno.EPIPE: LinkCause.HUNG_UP,
    errno.EPROTO: LinkCause.NO_MQTT,
}
_VERDICT_WITHIN = 0.5
_BY_TIME = frozenset({LinkCause.OWN_EXPIRED, LinkCause.OWN_CERTIFICATE})
"""What a broker says of a certificate that is not valid by its clock: no alert of TLS says "not yet"."""
Ends = Broker | OtherBroker


def wait_for_verdict(context: ssl.SSLContext, within: float = 5.0) -> ssl.SSLContext:
    """The context, whose sockets shake hands within so many seconds, and wait afterwards for what the server
    thinks of this end's certificate.

    With TLS 1.3 a client completes the handshake before the server has checked it. A server that refuses it
    sends an alert and closes; what this end sent meanwhile resets the connection, and the alert is lost. One
    that takes it sends tickets for a next session; where there are none, half a second is waited.
    """

    class Socket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            try:
                self.settimeout(within)
                super().do_handshake(block)
                _hear_verdict(self)
            except OSError:
                self.close()  # which the library leaves to the collector
                raise

    context.sslsocket_class = Socket
    return context


def _hear_verdict(connection: ssl.SSLSocket) -> None:
    """Raise what the server sent: an alert, or its end. Tickets are taken in by TLS itself."""
    before = connection.gettimeout()
    connection.setblocking(False)
    try:
        if not select.select([connection], [], [], _VERDICT_WITHIN)[0]:
            return
        if connection.recv(1) == b"":
            raise ConnectionResetError(errno.ECONNRESET, "hung up after the handshake")
        raise ConnectionAbortedError(errno.EPROTO, "speaks before it is spoken to")
    except ssl.SSLWantReadError:
        return  # tickets, and nothing else
    finally:
        connection.settimeout(before)


def name_handshake(broker: Broker, within: float = 5.0) -> Named | None:
    """Why a broker refuses a handshake; None where it takes it. Nothing is said to it: no session is
    disturbed.
    """
    try:
        context = tls_of(broker)
        with socket.create_connection((broker.host, broker.port), timeout=within) as opened:
            if context is not None:
                wait_for_verdict(context).wrap_socket(opened, server_hostname=broker.host).close()
    except (OSError, ValueError, ConfigurationError) as error:
        return name_error(error, broker)
    return None


def name_error(error: Exception, broker: Ends) -> Named:
    """What an error says that connecting to `broker`, or reading from it, raised."""
    for kind, say in _OF_KIND:
        if isinstance(error, kind):
            return say(error, broker)
    return named(LinkCause.OTHER).because(str(error))


def name_reason(reason: ReasonCode) -> Named:
    """What a reason code of the broker says."""
    return named_code(reason.value, reason.getName())


def name_hang_up(broker: Ends) -> Named:
    """Why a broker hung up before it had answered, by what is known at this end."""
    out_of_time = _out_of_time(broker)
    if out_of_time is not None:
        return out_of_time
    return named(LinkCause.NO_MQTT) if broker.plain else named(LinkCause.HUNG_UP).because(valid_until(broker))


def valid_until(broker: Ends) -> str:
    """Until when this end's certificate is valid, in words; empty if none can be read."""
    certificate = certificate_of(broker)
    if certificate is None or isinstance(broker, OtherBroker):
        return ""
    return f"{broker.certificate} is valid until {certificate.not_valid_after_utc:%Y-%m-%d}"


def own_validity(certificate: x509.Certificate, now: datetime) -> LinkCause | None:
    """What is wrong at `now` with when this end's certificate is valid."""
    if certificate.not_valid_after_utc <= now:
        return LinkCause.OWN_EXPIRED
    return LinkCause.OWN_TOO_YOUNG if certificate.not_valid_before_utc > now else None


def valid_from(path: object, certificate: x509.Certificate, now: datetime) -> str:
    """From when a certificate is valid that is not yet, in words."""
    return (
        f"{path} is valid from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M}, "
        f"and it is {now:%Y-%m-%d %H:%M} UTC here"
    )


def _out_of_time(broker: Ends) -> Named | None:
    """That this end's certificate is not valid now, where it is not."""
    certificate, now = certificate_of(broker), datetime.now(UTC)
    if certificate is None or isinstance(broker, OtherBroker):
        return None
    cause = own_validity(certificate, now)
    if cause is LinkCause.OWN_TOO_YOUNG:
        return named(cause).because(valid_from(broker.certificate, certificate, now))
    return None if cause is None else named(cause).because(valid_until(broker))


def _of_tls(error: ssl.SSLError, broker: Ends) -> Named:
    reason = error.reason or str(error)
    cause = cause_of_tls(reason)
    if cause in _BY_TIME:
        out_of_time = _out_of_time(broker)
        if out_of_time is not None:
            return out_of_time
    detail = valid_until(broker) if cause is LinkCause.OWN_EXPIRED else reason.lower().replace("_", " ")
    return named(cause).because(detail)


def _of_verification(error: ssl.SSLCertVerificationError, broker: Ends) -> Named:
    return named(cause_of_certificate(error.verify_code)).because(f"{error.verify_message} ({broker.host})")


def _of_system(error: OSError, broker: Ends) -> Named:
    cause = _OF_ERRNO.get(error.errno or 0)
    if cause is LinkCause.HUNG_UP and not broker.plain:  # in the handshake: after it, there is an alert
        cause = LinkCause.NO_TLS_THERE
    return named(LinkCause.LOST).because(error.strerror or str(error)) if cause is None else named(cause)


_OF_KIND: tuple[tuple[type[Exception], Callable[[Any, Ends], Named]], ...] = (
    (ConfigurationError, lambda error, _: named(LinkCause.FILES).because(str(error))),
    (ssl.SSLCertVerificationError, _of_verification),
    (ssl.SSLEOFError, lambda *_: named(LinkCause.NO_TLS_THERE)),
    (ssl.SSLZeroReturnError, lambda *_: named(LinkCause.NO_TLS_THERE)),
    (ssl.SSLError, _of_tls),
    (
        socket.gaierror,
        lambda error, to: named(LinkCause.NO_SUCH_NAME).because(f"{to.host} ({error.strerror})"),
    ),
    (TimeoutError, lambda *_: named(LinkCause.NO_ANSWER)),
    (OSError, _of_system),
)
"""The first that an error is of; each is one of the last."""
