"""A connection that waits for the broker's answers, in the thread of whoever uses it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.errors import GatepostError
from sync.transport.broker import Broker, OtherBroker
from sync.transport.core import LinkCause, Named, named
from sync.transport.naming import name_error, name_hang_up, name_reason, wait_for_verdict
from sync.transport.tls import other_tls_of, tls_of


class BrokerError(GatepostError):
    """The broker cannot be reached, or refuses; `cause` says why."""

    def __init__(self, why: Named, broker: Broker | OtherBroker, before: str = "") -> None:
        where = f"{broker.host}:{broker.port}"
        super().__init__(f"{before}{why.text}", where=where, remedy=why.remedy)
        self.cause = why.cause


def client_of(broker: Broker, client_id: str) -> mqtt.Client:
    """A client with this end's certificate. Raises ConfigurationError."""
    client = _client(client_id)
    _use(client, tls_of(broker))
    return client


def client_of_other(broker: OtherBroker, client_id: str) -> mqtt.Client:
    """A client with a user's password. Raises ConfigurationError."""
    client = _client(client_id)
    _use(client, other_tls_of(broker))
    if broker.user:
        client.username_pw_set(broker.user, broker.secret())
    return client


@contextmanager
def connected(
    client: mqtt.Client, broker: Broker | OtherBroker, within: float, *, leaves_will: bool = False
) -> Iterator[mqtt.Client]:
    """The client while it is connected to `broker`. With `leaves_will` the broker publishes its will however
    it ends, else only if it ends without a goodbye. Raises GatepostError.
    """
    client.connect_timeout = within
    answers: list[ReasonCode] = []

    def on_connect(
        _: mqtt.Client, __: Any, ___: mqtt.ConnectFlags, reason: ReasonCode, ____: Properties | None
    ) -> None:
        answers.append(reason)

    ends: list[ReasonCode] = []

    def on_disconnect(
        _: mqtt.Client, __: Any, flags: mqtt.DisconnectFlags, reason: ReasonCode, ___: Properties | None
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            ends.append(reason)

    client.on_connect, client.on_disconnect = on_connect, on_disconnect
    lasts = False
    try:
        client.connect(broker.host, broker.port, keepalive=broker.keepalive, clean_start=True)
        lasts = poll_until(client, lambda: bool(answers), within)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise BrokerError(name_error(error, broker), broker, "cannot reach the broker: ") from None
    try:
        if answers and answers[0].is_failure:
            raise BrokerError(_refusal(answers[0], broker), broker)
        if not answers:
            if ends:
                raise BrokerError(name_reason(ends[0]), broker)
            silent = named(LinkCause.NO_ANSWER) if lasts else name_hang_up(broker)
            raise BrokerError(silent, broker)
        yield client
    finally:
        client.disconnect(ReasonCode(PacketTypes.DISCONNECT, _LEAVES_WILL) if leaves_will else None)
        poll_until(client, lambda: client.socket() is None, 1.0)


def answer_to(
    client: mqtt.Client, topic: str, data: bytes, within: float, *, retain: bool = False
) -> ReasonCode | None:
    """The broker's answer to a publication; None: there was none."""
    answers: list[ReasonCode] = []

    def on_publish(_: mqtt.Client, __: Any, ___: int, reason: ReasonCode, ____: Properties | None) -> None:
        answers.append(reason)

    client.on_publish = on_publish
    client.publish(topic, data, qos=1, retain=retain)
    poll_until(client, lambda: bool(answers), within)
    return answers[0] if answers else None


def refusal_of(answer: ReasonCode | None) -> Named | None:
    """Why a publication was refused; None where it was not."""
    if answer is None:
        return named(LinkCause.NO_ANSWER)
    return name_reason(answer) if answer.is_failure else None


def poll_until(client: mqtt.Client, done: Callable[[], bool], within: float) -> bool:
    """Move bytes until `done`, the connection is gone, or `within` seconds are over; returns whether the
    connection lasts.
    """
    ends = time.monotonic() + within
    while not done() and time.monotonic() < ends:
        if client.loop(0.05) != mqtt.MQTT_ERR_SUCCESS:
            return False
    return True


# --- inside --------------------------------------------------------------------------------

_LEAVES_WILL = "Disconnect with will message"
"""MQTT 5, section 3.14.2.1."""
_NOT_AUTHORIZED = {0x86, 0x87}


def _refusal(answer: ReasonCode, broker: Broker | OtherBroker) -> Named:
    """What an answer to a connection says: Mosquitto calls a wrong password "not authorized", too."""
    by_password = isinstance(broker, OtherBroker) and bool(broker.user)
    return (
        named(LinkCause.PASSWORD) if by_password and answer.value in _NOT_AUTHORIZED else name_reason(answer)
    )


def _use(client: mqtt.Client, context: ssl.SSLContext | None) -> None:
    """Have a client use TLS, where there is a context."""
    if context is not None:
        client.tls_set_context(wait_for_verdict(context))


def _client(client_id: str) -> mqtt.Client:
    return mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=mqtt.MQTTv5,
        reconnect_on_failure=False,
    )
