"""A connection by AMQP for one act: publish a message and learn whether anyone is subscribed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import NackError, UnroutableError

from sync.transport.amqp_naming import FAILURES, name_failure, parameters_of
from sync.transport.broker import Broker
from sync.transport.client import BrokerError
from sync.transport.core import EXCHANGE, LinkCause, Named, key_of, named
from sync.wire import SealedMessage

_KEEP = 2
_BETWEEN = 0.1


def publish_once(broker: Broker, client_id: str, message: SealedMessage) -> bool:
    """Publish `message`; returns whether anyone is subscribed to it. Raises GatepostError."""
    with _connected(broker, client_id) as (channel, at):
        return _is_received(channel, at, message)


def publish_until_unheard(broker: Broker, client_id: str, message: SealedMessage, within: float) -> bool:
    """Publish `message`, which tells its receiver to leave, until it has left or `within` seconds are over.
    Returns whether anyone received it. Raises GatepostError.
    """
    ends = time.monotonic() + within
    with _connected(broker, client_id) as (channel, at):
        first = received = _is_received(channel, at, message)
        while received and time.monotonic() < ends:
            channel.connection.sleep(_BETWEEN)
            received = _is_received(channel, at, message)
    return first


@contextmanager
def _connected(broker: Broker, client_id: str) -> Iterator[tuple[BlockingChannel, Broker]]:
    """A channel that confirms, at the first node that answers, and that node. Raises GatepostError."""
    why: Named | None = None
    for host in broker.hosts:
        at = broker.at(host)
        try:
            connection = pika.BlockingConnection(parameters_of(at, client_id))
        except FAILURES as error:
            why = name_failure(error, at).because(host) if broker.more else name_failure(error, at)
            continue
        try:
            channel = connection.channel()
            channel.confirm_delivery()
            yield channel, at
        except FAILURES as error:
            raise BrokerError(name_failure(error, at), at) from None
        finally:
            if connection.is_open:
                connection.close()
        return
    raise BrokerError(why or named(LinkCause.OTHER), broker, "cannot reach the broker: ")


def _is_received(channel: BlockingChannel, broker: Broker, message: SealedMessage) -> bool:
    properties = pika.BasicProperties(delivery_mode=_KEEP)  # type: ignore[no-untyped-call]
    try:
        channel.basic_publish(EXCHANGE, key_of(message.topic), message.data, properties, mandatory=True)
    except UnroutableError:
        return False
    except NackError:
        refused = named(LinkCause.NO_CONFIRM)
        raise BrokerError(refused, broker, "the broker does not accept the message: ") from None
    return True
