"""A connection for one act: a message of which one wants to know who hears it, or the end of another one."""

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

_NOBODY = 0x10
"""MQTT 5: no matching subscribers."""
LEAVES_WITHIN = 2.0
"""Seconds in which a client leaves that is told to: a gate's sync process turns five times a second."""
_BETWEEN = 0.1


def publish_once(broker: Broker, client_id: str, message: SealedMessage, within: float = 10.0) -> bool:
    """Publish `message`; whether anybody is subscribed to it, on the broker's word. Raises GatepostError."""
    with _connected(broker, client_id, within) as client:
        return _is_heard(client, broker, message, within)


def publish_until_unheard(
    broker: Broker, client_id: str, message: SealedMessage, within: float = LEAVES_WITHIN
) -> bool:
    """Publish `message`, on which its receivers leave, until they have, or for `within` seconds.

    Whether anybody heard it. Raises GatepostError.
    """
    ends = time.monotonic() + within
    with _connected(broker, client_id, within=10.0) as client:
        first = heard = _is_heard(client, broker, message, 10.0)
        while heard and time.monotonic() < ends:
            _poll_until(client, lambda: False, _BETWEEN)
            heard = _is_heard(client, broker, message, 10.0)
    return first


def end_connection(broker: Broker, client_id: str, within: float = 10.0) -> None:
    """End the connection of `client_id`, if it has one: of two with one id the broker keeps the newer, ours.

    It may come back at once, unless its certificate is revoked. Raises GatepostError.
    """
    with _connected(broker, client_id, within):
        pass


def _is_heard(client: mqtt.Client, broker: Broker, message: SealedMessage, within: float) -> bool:
    """Publish `message`; whether anybody is subscribed to it. Raises GatepostError."""
    answers: list[ReasonCode] = []

    def on_publish(_: mqtt.Client, __: Any, ___: int, reason: ReasonCode, ____: Properties | None) -> None:
        answers.append(reason)

    client.on_publish = on_publish
    client.publish(message.topic, message.data, qos=1)
    _poll_until(client, lambda: bool(answers), within)
    if not answers or answers[0].is_failure:
        why = str(answers[0]) if answers else "no answer"
        raise GatepostError(f"the broker does not take it: {why}", where=f"{broker.host}:{broker.port}")
    return answers[0].value != _NOBODY


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
        raise GatepostError(f"the broker is not reached: {error}", where=place) from None
    try:
        if not answers or answers[0].is_failure:
            why = str(answers[0]) if answers else "no answer"
            raise GatepostError(f"the broker refuses: {why}", where=place)
        yield client
    finally:
        client.disconnect()
        _poll_until(client, lambda: client.socket() is None, 1.0)


def _poll_until(client: mqtt.Client, done: Callable[[], bool], within: float) -> None:
    """Move bytes until it is so, the connection has gone, or the time is over."""
    ends = time.monotonic() + within
    while not done() and time.monotonic() < ends:
        if client.loop(0.05) != mqtt.MQTT_ERR_SUCCESS:
            return
