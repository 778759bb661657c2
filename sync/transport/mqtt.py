"""One link by MQTT 5, over TCP or TLS: one client of paho-mqtt, used once.

The library's own reconnecting and queueing are off. To know that a message arrived, wait for the other
end's answer, not for the broker's.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.errors import ConfigurationError
from sync.transport.broker import Broker
from sync.transport.core import (
    Ending,
    InboundMessage,
    LinkCause,
    LinkEnded,
    LinkState,
    Named,
    Rejected,
    mended_topic,
    named,
)
from sync.transport.naming import name_error, name_hang_up, name_reason, wait_for_verdict
from sync.transport.tls import tls_of
from sync.wire import MOST_MESSAGE_BYTES, SealedMessage

_MOST_AT_ONCE = 2_000
_MOST_BYTES_AT_ONCE = 16 * 1024 * 1024
"""Messages not yet fetched, at most, and about their bytes; beyond them nothing is read. The number is
high because the broker has one queue for all that central receives, and a full queue drops messages of
any device.
"""
_MOST_UNANSWERED = 500
"""Publications without a PUBACK of the broker, at most; beyond them `publish` accepts nothing."""
_MOST_PACKET_BYTES = MOST_MESSAGE_BYTES + 512
_SESSION_TAKEN_OVER = 0x8E
"""MQTT 5, section 3.14.2.1: another client connected with this client id."""


Turn = Callable[[mqtt.Client, float], int]
"""Moves a client's bytes, waiting for at most so many seconds; returns the library's code of success."""


class MqttLink:
    """A client of `broker` as `client_id`, subscribed to `filters`; `connect` it once.

    `will` is the message that the broker sends when this end has gone. The library's own `turn` waits with
    select(2), which knows no descriptor above 1023.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        filters: tuple[str, ...],
        will: SealedMessage | None = None,
        *,
        turn: Turn = mqtt.Client.loop,
        tls_within: float = 5.0,
    ) -> None:
        self._broker = broker
        self._filters = filters
        self._turn = turn
        self._tls_within = tls_within
        self._state = LinkState.CONNECTING
        self._ended: LinkEnded | None = None
        self._arrived: list[InboundMessage] = []
        self._waiting_bytes = 0
        self._rejected: list[Rejected] = []
        self._topics: dict[int, str] = {}
        self._client = client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=mqtt.MQTTv5,
            reconnect_on_failure=False,
        )
        client.connect_timeout = 5.0
        client.max_queued_messages_set(_MOST_UNANSWERED)
        client.on_socket_open = _send_at_once
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        if will is not None:
            client.will_set(will.topic, will.data, qos=1)

    @property
    def state(self) -> LinkState:
        return self._state

    @property
    def ended(self) -> LinkEnded | None:
        return self._ended

    def connect(self) -> None:
        """Connect to the broker, within a few seconds; on failure `ended` says why."""
        try:
            context = tls_of(self._broker)
            if context is not None:
                self._client.tls_set_context(wait_for_verdict(context, self._tls_within))
            self._greet()
        except (OSError, ValueError, ConfigurationError) as error:  # ssl.SSLError is an OSError
            self._end(Ending.REFUSED, name_error(error, self._broker))

    def connect_over(self, opened: socket.socket) -> None:
        """Speak over `opened`, which is connected to the broker, its TLS too; on failure `ended` says why."""
        # The library has no other way to be given a connection that is there.
        self._client._create_socket = lambda: opened  # type: ignore[method-assign] # noqa: SLF001
        try:
            self._greet()
        except (OSError, ValueError) as error:
            self._end(Ending.REFUSED, name_error(error, self._broker))

    @property
    def wants_to_write(self) -> bool:
        """Whether bytes wait until the connection takes them."""
        return self._client.want_write()

    def poll(self, wait: float) -> None:
        before = -1
        while self._ended is None and before < len(self._arrived) < _MOST_AT_ONCE and self._has_room():
            before = len(self._arrived)
            code = self._turn(self._client, wait if before == 0 else 0.0)
            if code != mqtt.MQTT_ERR_SUCCESS:
                self._end(Ending.LOST, self._lost().because(mqtt.error_string(code)))
            if self._claims_too_much():
                self._end(Ending.OVERSIZE, named(LinkCause.TOO_LARGE).because("the broker announced it"))

    def fetch_arrived(self) -> list[InboundMessage]:
        arrived, self._arrived, self._waiting_bytes = self._arrived, [], 0
        return arrived

    def fetch_rejections(self) -> list[Rejected]:
        rejected, self._rejected = self._rejected, []
        return rejected

    def publish(self, out: SealedMessage) -> bool:
        if self._state is not LinkState.READY or self._ended is not None:
            return False
        info = self._client.publish(out.topic, out.data, qos=1)
        if info.rc != mqtt.MQTT_ERR_SUCCESS:
            return False
        self._topics[info.mid] = out.topic
        return True

    def disconnect(self, last: SealedMessage | None) -> None:
        if self._state is LinkState.READY and self._ended is None:
            until = time.monotonic() + 1.0
            if last is not None:
                self.publish(last)
            while self._topics and self.ended is None and time.monotonic() < until:
                self._turn(self._client, 0.05)
            self._client.disconnect()
            self._turn(self._client, 0.05)
        self.abandon()

    def abandon(self) -> None:
        self._client.on_disconnect = None
        # disconnect() would wait for the other end.
        self._client._reset_sockets()  # noqa: SLF001

    # --- inside ----------------------------------------------------------------------------

    def _greet(self) -> None:
        self._client.connect(
            self._broker.host,
            self._broker.port,
            keepalive=self._broker.keepalive,
            clean_start=True,
            properties=_connect_properties(),
        )

    def _end(self, ending: Ending, why: Named) -> None:
        """Note why the link ended; the first reason stays, for what follows from it says less."""
        self._ended = self._ended or LinkEnded(ending, str(why), why.cause)

    def _lost(self) -> Named:
        """Why a link broke of which the broker said nothing."""
        if self._state is LinkState.CONNECTING:
            return name_hang_up(self._broker)
        return named(LinkCause.LOST)

    def _has_room(self) -> bool:
        return self._waiting_bytes < _MOST_BYTES_AT_ONCE

    def _claims_too_much(self) -> bool:
        """Whether the packet coming in is larger than the maximum that CONNECT announced."""
        packet = self._client._in_packet  # noqa: SLF001 - the library has no limit of its own
        return bool(packet["have_remaining"]) and packet["to_process"] > _MOST_PACKET_BYTES

    # --- what the library calls, within `loop` -------------------------------------------------

    def _on_connect(
        self, client: mqtt.Client, _: Any, __: mqtt.ConnectFlags, reason: ReasonCode, ___: Properties | None
    ) -> None:
        if reason.is_failure:
            self._end(Ending.REFUSED, name_reason(reason))
            return
        self._state = LinkState.SUBSCRIBING
        options = SubscribeOptions(qos=1, retainAsPublished=False)
        client.subscribe([(name, options) for name in self._filters])

    def _on_subscribe(
        self, _: mqtt.Client, __: Any, ___: int, reasons: list[ReasonCode], ____: Properties | None
    ) -> None:
        refused = [reason for reason in reasons if reason.is_failure]
        if refused:
            self._end(Ending.REFUSED, name_reason(refused[0]).because("a subscription"))
            return
        self._state = LinkState.READY

    def _on_disconnect(
        self, _: mqtt.Client, __: Any, flags: mqtt.DisconnectFlags, reason: ReasonCode, ___: Properties | None
    ) -> None:
        if reason.value == _SESSION_TAKEN_OVER:
            self._end(Ending.TAKEN_OVER, named(LinkCause.TAKEN_OVER))
        elif self._state is LinkState.CONNECTING:
            self._end(Ending.REFUSED, self._lost())
        else:
            self._end(
                Ending.LOST, name_reason(reason) if flags.is_disconnect_packet_from_server else self._lost()
            )

    def _on_publish(
        self, _: mqtt.Client, __: Any, mid: int, reason: ReasonCode, ____: Properties | None
    ) -> None:
        topic = self._topics.pop(mid, "")
        if reason.is_failure:
            self._rejected.append(Rejected(topic, str(name_reason(reason))))

    def _on_message(self, _: mqtt.Client, __: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = mended_topic(message.topic, self._filters)
        except UnicodeDecodeError:
            return
        self._waiting_bytes += len(message.payload)
        self._arrived.append(InboundMessage(topic, bytes(message.payload), bool(message.retain)))


def open_mqtt_link(
    broker: Broker,
    client_id: str,
    filters: tuple[str, ...],
    will: Callable[[], SealedMessage | None],
    patience: float = 10.0,
) -> MqttLink:
    """A link that has connected, or has ended with the reason why not. Half of the `patience` is TLS's."""
    link = MqttLink(broker, client_id, filters, will(), tls_within=patience / 2)
    link.connect()
    return link


def _send_at_once(_client: mqtt.Client, _userdata: Any, opened: Any) -> None:
    """Send each packet as it is written: a small one after a large one else waits 40 ms for the other end.

    (Nagle's algorithm, RFC 896, meets delayed acknowledgements, RFC 1122, section 4.2.3.2.)
    """
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _connect_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = _MOST_PACKET_BYTES
    return properties
