"""A connection for one act: publish a message and learn whether anyone is subscribed, or end another
connection.
"""

from __future__ import annotations

import time

import paho.mqtt.client as mqtt

from sync.transport.broker import Broker
from sync.transport.client import BrokerError, answer_to, client_of, connected, poll_until, refusal_of
from sync.wire import SealedMessage

_NO_SUBSCRIBERS = 0x10
"""MQTT 5, section 3.4.2.1: no matching subscribers."""
LEAVES_WITHIN = 2.0
"""Seconds in which a device that is told to leave has left: its sync process polls five times a second."""
_BETWEEN = 0.1


def publish_once(broker: Broker, client_id: str, message: SealedMessage, within: float = 10.0) -> bool:
    """Publish `message`; returns whether anyone is subscribed to it, as the broker says. Raises
    GatepostError.
    """
    if broker.is_amqp:
        from sync.transport import amqp_once  # noqa: PLC0415 - a gate does not have the library

        return amqp_once.publish_once(broker, client_id, message)
    with connected(client_of(broker, client_id), broker, within) as client:
        return _is_received(client, broker, message, within)


def publish_until_unheard(
    broker: Broker, client_id: str, message: SealedMessage, within: float = LEAVES_WITHIN
) -> bool:
    """Publish `message`, which tells its receiver to leave, until it has left or `within` seconds are over.

    Returns whether anyone received it. Raises GatepostError.
    """
    if broker.is_amqp:
        from sync.transport import amqp_once  # noqa: PLC0415 - as above

        return amqp_once.publish_until_unheard(broker, client_id, message, within)
    ends = time.monotonic() + within
    with connected(client_of(broker, client_id), broker, within=10.0) as client:
        first = received = _is_received(client, broker, message, 10.0)
        while received and time.monotonic() < ends:
            poll_until(client, lambda: False, _BETWEEN)
            received = _is_received(client, broker, message, 10.0)
    return first


def end_connection(broker: Broker, client_id: str, within: float = 10.0) -> None:
    """End the connection of `client_id`, if any: the broker keeps only the newer of two with one id, this
    one. RabbitMQ is told to, by its management API.

    The client may reconnect at once, unless its certificate is revoked. Raises GatepostError.
    """
    if broker.is_amqp:
        from sync.transport.rabbitmq.keeping import end_connections  # noqa: PLC0415 - no gate needs it
        from sync.transport.rabbitmq.management import managed  # noqa: PLC0415

        with managed(broker) as api:
            end_connections(api, client_id)
        return
    with connected(client_of(broker, client_id), broker, within):
        pass


def _is_received(client: mqtt.Client, broker: Broker, message: SealedMessage, within: float) -> bool:
    """Publish `message`; returns whether anyone is subscribed to it. Raises GatepostError."""
    reason = answer_to(client, message.topic, message.data, within)
    refused = refusal_of(reason)
    if refused is not None:
        raise BrokerError(refused, broker, "the broker does not accept the message: ")
    return reason is not None and reason.value != _NO_SUBSCRIBERS
