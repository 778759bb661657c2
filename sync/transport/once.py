"""A connection for one act: publish a message and learn whether anyone is subscribed, or end another
connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.errors import GatepostError
from sync.transport.broker import Broker, tls_of
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
    with _connected(broker, client_id, within) as client:
        return _is_received(client, broker, message, within)


def publish_until_unheard(
    broker: Broker, client_id: str, message: SealedMessage, within: float = LEAVES_WITHIN
) -> bool:
    """Publish `message`, which tells its receiver to leave, until it has left or `within` seconds are over.

    Returns whether anyone received it. Raises GatepostError.
    """
    ends = time.monotonic() + within
    with _connected(broker, client_id, within=10.0) as client:
        first = received = _is_received(client, broker, message, 10.0)
        while received and time.monotonic() < ends:
            _poll_until(client, lambda: False, _BETWEEN)
            received = _is_received(client, broker, message, 10.0)
    return first


def end_connection(broker: Broker, client_id: str, within: float = 10.0) -> None:
    """End the connection of `client_id`, if any: the broker keeps only the newer of two with one id, this
    one.

    The client may reconnect at once, unless its certificate is revoked. Raises GatepostError.
    """
    with _connected(broker, client_id, within):
        pass


def _is_received(client: mqtt.Client, broker: Broker, message: SealedMessage, within: float) -> bool:
    """Publish `message`; returns whether anyone is subscribed to it. Raises GatepostError."""
    answers: list[ReasonCode] = []

    def on_publish(_: mqtt.Client, __: Any, ___: int, reason: ReasonCode, ____: Properties | None) -> None:
        answers.append(reason)

    client.on_publish = on_publish
    client.publish(message.topic, message.data, qos=1)
    _poll_until(client, lambda: bool(answers), within)
    if not answers or answers[0].is_failure:
        why = str(answers[0]) if answers else "no answer"
        raise GatepostError(
            f"the broker does not accept the message: {why}", where=f"{broker.host}:{broker.port}"
        )
    return answers[0].value != _NO_SUBSCRIBERS


@contextmanager
def _connected(broker: Broker, client_id: str, within: float) -> Iterator[mqtt.Client]:
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=mqtt.MQTTv5,
        reconnect_on_failure=False,
    )
    context = tls_of(broker)
    if context is not None:
        client.tls_set_context(context)
    client.connect_timeout = within
    answers: list[ReasonCode] = []

    def on_connect(
        _: mqtt.Client, __: Any, ___: mqtt.ConnectFlags, reason: ReasonCode, ____: Properties | None
    ) -> None:
        answers.append(reason)

    client.on_connect = on_connect
    place = f"{broker.host}:{broker.port}"
    try:
        client.connect(broker.host, broker.port, keepalive=broker.keepalive, clean_start=True)
        _poll_until(client, lambda: bool(answers), within)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise GatepostError(f"cannot reach the broker: {error}", where=place) from None
    try:
        if not answers or answers[0].is_failure:
            why = str(answers[0]) if answers else "no answer"
            raise GatepostError(f"the broker refuses the connection: {why}", where=place)
        yield client
    finally:
        client.disconnect()
        _poll_until(client, lambda: client.socket() is None, 1.0)


def _poll_until(client: mqtt.Client, done: Callable[[], bool], within: float) -> None:
    """Move bytes until `done`, the connection is gone, or `within` seconds are over."""
    ends = time.monotonic() + within
    while not done() and time.monotonic() < ends:
        if client.loop(0.05) != mqtt.MQTT_ERR_SUCCESS:
            return
