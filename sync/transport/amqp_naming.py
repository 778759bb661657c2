"""How RabbitMQ is reached by AMQP, and the names of what goes wrong there."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pika
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError, ConnectionClosed, IncompatibleProtocolError

from edge.errors import ConfigurationError
from sync.transport.broker import Broker
from sync.transport.core import VHOST, LinkCause, Named, named, named_amqp
from sync.transport.naming import name_error, name_handshake, name_hang_up
from sync.transport.tls import tls_of

FAILURES = (AMQPError, AMQPConnectorException, OSError, ValueError)
"""What the library raises where a connection is not to be had any more."""
_CONNECT_WITHIN = 3.0
_READY_WITHIN = 8.0
_DEEPEST = 8
"""Errors within errors."""


def parameters_of(broker: Broker, client_id: str) -> pika.ConnectionParameters:
    """How to reach one node. Raises ConfigurationError, which names the file."""
    # What goes wrong is named and logged here; the library would log each of its own layers' word for it.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    context = tls_of(broker)
    if context is None:
        raise ConfigurationError(
            "AMQP goes by certificates", where="[broker]", remedy="take plain = true away"
        )
    return pika.ConnectionParameters(
        host=broker.host,
        port=broker.port,
        virtual_host=VHOST,
        credentials=pika.credentials.ExternalCredentials(),  # who this end is, its certificate says
        ssl_options=pika.SSLOptions(context, broker.host),
        heartbeat=broker.keepalive,
        connection_attempts=1,
        socket_timeout=_CONNECT_WITHIN,
        stack_timeout=_READY_WITHIN,
        # What was sent and nobody acknowledged for so long ends the connection: the other end is gone.
        tcp_options={"TCP_USER_TIMEOUT": broker.keepalive * 1000, "TCP_NODELAY": 1},
        client_properties={"connection_name": client_id, "product": "gatepost"},
    )


def name_failure(error: BaseException, broker: Broker) -> Named:
    """What an error says that a connection to `broker` ended with."""
    no_amqp = False
    for one in _within(error):
        if isinstance(one, ConnectionClosed) and one.reply_code:
            return named_amqp(one.reply_code, one.reply_text)
        no_amqp = no_amqp or isinstance(one, IncompatibleProtocolError)
        if isinstance(one, ConfigurationError | OSError) and not isinstance(one, ConnectionError):
            return name_error(one, broker)
    # It hung up: what it thinks of this end's certificate is said in a handshake alone.
    return name_handshake(broker) or (named(LinkCause.NO_AMQP) if no_amqp else _hung_up(broker, error))


def _hung_up(broker: Broker, error: BaseException) -> Named:
    why = name_hang_up(broker)
    by_time = why.cause in {LinkCause.OWN_EXPIRED, LinkCause.OWN_TOO_YOUNG}
    return why if by_time else named(LinkCause.LOST).because(_in_short(error))


def _in_short(error: BaseException) -> str:
    return f"{type(error).__name__} {error}".strip()[:200]


def _within(error: object, depth: int = _DEEPEST) -> Iterator[BaseException]:
    """An error, and those that it was made of: the last first, and the innermost before what holds it."""
    if not isinstance(error, BaseException) or depth == 0:
        return
    inner = [*getattr(error, "exceptions", ()), getattr(error, "exception", None), *error.args]
    for one in reversed(inner):
        yield from _within(one, depth - 1)
    yield error
