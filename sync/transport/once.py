"""A connection for one act: publish a message and learn whether anyone is subscribed, or end another
connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
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


def publish_retained(
    broker: Broker, client_id: str, messages: Mapping[str, bytes], within: float = 10.0
) -> None:
    """Have the broker retain each message for its topic; an empty one takes away what was retained there.

    For others than gates: the contract retains nothing. Raises GatepostError.
    """
    with _connected(broker, client_id, within) as client:
        for topic, data in messages.items():
            reason = _answer_to(client, topic, data, within, retain=True)
            if reason is None or reason.is_failure:
                why = "no answer" if reason is None else str(reason)
                raise GatepostError(
                    f"the broker does not retain {topic}: {why}",
                    where=f"{broker.host}:{broker.port}",
                    remedy="it has to retain, and to let this client write there (docs/home-assistant.md)",
                )


def _is_received(client: mqtt.Client, broker: Broker, message: SealedMessage, within: float) -> bool:
    """Publish `message`; returns whether anyone is subscribed to it. Raises GatepostError."""
    reason = _answer_to(client, message.topic, message.data, within)
    if reason is None or reason.is_failure:
        why = "no answer" if reason is None else str(reason)
        raise GatepostError(
            f"the broker does not accept the message: {why}", where=f"{broker.host}:{broker.port}"
        )
    return reason.value != _NO_SUBSCRIBERS


def _answer_to(
    client: mqtt.Client, topic: str, data: bytes, within: float, *, retain: bool = False
) -> ReasonCode | None:
    """The broker's answer to a publication; None: there was none."""
    answers: list[ReasonCode] = []

    def on_publish(_: mqtt.Client, __: Any, ___: int, reason: ReasonCode, ____: Properties | None) -> None:
        answers.append(reason)

    client.on_publish = on_publish
    client.publish(topic, data, qos=1, retain=retain)
    _poll_until(client, lambda: bool(answers), within)
    return answers[0] if answers else None


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
