"""One connection to a broker: MQTT 5, no session, a state that can be told, reconnects of its own.

It runs in its owner's thread: `turn` moves bytes and returns, so a process that turns is a process that
works. The library's own reconnecting and queueing are not used: each try is a new client, and what was
under way on the old one is gone. Whoever needs to know that something arrived waits for the other end's
answer, not for the broker's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.errors import ConfigurationError
from sync.mqtt.broker import Broker, tls_of
from sync.mqtt.pacing import pause_before
from sync.wire.messages import MOST_MESSAGE_BYTES, Sealed

_HANDSHAKE = 10.0
"""Seconds from the TCP connection to the granted subscriptions, at most."""
_MOST_AT_ONCE = 200
"""Messages of one turn, at most."""
_MOST_UNANSWERED = 500
"""Publications that wait for the broker's PUBACK; beyond them nothing is accepted."""


class LinkState(StrEnum):
    """What the connection is doing."""

    PAUSING = "pausing"  # until the next try
    CONNECTING = "connecting"
    SUBSCRIBING = "subscribing"
    READY = "ready"
    CLOSED = "closed"


@dataclass(frozen=True)
class Arrived:
    """A message as it came: anybody's word."""

    topic: str
    data: bytes
    retained: bool


@dataclass(frozen=True)
class Rejected:
    """A publication that the broker answered with an error: its access list, a quota."""

    topic: str
    reason: str


class Connection:
    """The link of `client_id` to `broker`, subscribed to `filters`.

    `will` makes the message that the broker sends when this end has gone. `chance` gives random numbers in
    [0, 1) for the pauses.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        filters: tuple[str, ...],
        chance: Callable[[], float],
        will: Callable[[], Sealed | None] = lambda: None,
    ) -> None:
        self._broker = broker
        self._client_id = client_id
        self._filters = filters
        self._chance = chance
        self._will = will
        self._log = structlog.get_logger("sync.link").bind(broker=f"{broker.host}:{broker.port}")
        self._client: mqtt.Client | None = None
        self._state = LinkState.PAUSING
        self._since = time.monotonic()
        self._attempt = 0
        self._pause = 0.0
        self._arrived: list[Arrived] = []
        self._rejected: list[Rejected] = []
        self._topics: dict[int, str] = {}
        self._gone: str | None = None
        self._told: str | None = None

    @property
    def state(self) -> LinkState:
        return self._state

    @property
    def attempts(self) -> int:
        """Tries since the other end last proved that it is there."""
        return self._attempt

    def turn(self, wait: float) -> list[Arrived]:
        """Move bytes for at most `wait` seconds (a try to connect may take a few more); what arrived."""
        if self._state is LinkState.CLOSED:
            return []
        if self._client is None:
            left = self._since + self._pause - time.monotonic()
            if left > 0:
                time.sleep(min(wait, left))
                return []
            self._connect()
        else:
            self._pump(wait)
        arrived, self._arrived = self._arrived, []
        return arrived

    def publish(self, out: Sealed) -> bool:
        """Hand a message over; False where the link is not ready, or the broker is too far behind."""
        if self._client is None or self._state is not LinkState.READY:
            return False
        info = self._client.publish(out.topic, out.data, qos=1, retain=out.retain)
        if info.rc != mqtt.MQTT_ERR_SUCCESS:
            return False
        self._topics[info.mid] = out.topic
        return True

    def rejections(self) -> list[Rejected]:
        """What the broker refused since the last call."""
        rejected, self._rejected = self._rejected, []
        return rejected

    def proved(self) -> None:
        """The other end has answered: the next pause is short again, the next fault is told again."""
        self._attempt = 0
        self._told = None

    def drop(self, why: str) -> None:
        """Give this connection up and begin a new one after a pause."""
        if self._client is not None:
            self._end(why)

    def close(self, last: Sealed | None = None) -> None:
        """Say `last`, wait a moment for the broker to have it, and go without the will being sent."""
        if self._client is not None and self._state is LinkState.READY:
            until = time.monotonic() + 1.0
            if last is not None:
                self.publish(last)
            while self._topics and self._gone is None and time.monotonic() < until:
                self._client.loop(0.05)
            self._client.disconnect()
            self._client.loop(0.05)
        self._client = None
        self._state = LinkState.CLOSED

    # --- inside ----------------------------------------------------------------------------

    def _connect(self) -> None:
        self._enter(LinkState.CONNECTING)
        try:
            client = self._made()
            self._client = client
            client.connect(
                self._broker.host,
                self._broker.port,
                keepalive=self._broker.keepalive,
                clean_start=True,
                properties=_connect_properties(),
            )
        except (OSError, ValueError, ConfigurationError) as error:  # ssl.SSLError is an OSError
            self._end(str(error))

    def _made(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=mqtt.MQTTv5,
            reconnect_on_failure=False,
        )
        context = tls_of(self._broker)
        if context is not None:
            client.tls_set_context(context)
        client.connect_timeout = 5.0
        client.max_queued_messages_set(_MOST_UNANSWERED)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        will = self._will()
        if will is not None:
            client.will_set(will.topic, will.data, qos=1, retain=False)
        self._topics.clear()
        self._gone = None
        return client

    def _pump(self, wait: float) -> None:
        client = self._client
        assert client is not None  # noqa: S101 - the caller has seen to it
        before = -1
        while self._gone is None and before < len(self._arrived) < _MOST_AT_ONCE:
            before = len(self._arrived)
            code = client.loop(wait if before == 0 else 0.0)
            if code != mqtt.MQTT_ERR_SUCCESS and self._gone is None:
                self._gone = mqtt.error_string(code)
            if client._in_packet["remaining_count"] and _claims_too_much(client):  # noqa: SLF001
                self._gone = "the broker announced a packet that is too large"
        late = time.monotonic() - self._since > _HANDSHAKE
        if self._gone is None and self._state is not LinkState.READY and late:
            self._gone = f"the broker did not answer while {self._state}"
        if self._gone is not None:
            self._end(self._gone)

    def _end(self, why: str) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.on_disconnect = None
            # disconnect() would wait for the other end, which may not answer any more.
            client._reset_sockets()  # noqa: SLF001
        self._pause = pause_before(self._attempt, self._chance(), longest=self._broker.longest_pause)
        self._attempt += 1
        # Warn once, then quietly: a broker that is away for a week fills no log.
        say = self._log.debug if why == self._told else self._log.warning
        say("link_lost", why=why, state=self._state.value, pause=round(self._pause, 1), attempt=self._attempt)
        self._told = why
        self._enter(LinkState.PAUSING)

    def _enter(self, state: LinkState) -> None:
        self._state = state
        self._since = time.monotonic()

    # --- what the library calls, within `loop` -------------------------------------------------

    def _on_connect(
        self, client: mqtt.Client, _: Any, __: mqtt.ConnectFlags, reason: ReasonCode, ___: Properties | None
    ) -> None:
        if reason.is_failure:
            self._gone = f"the broker refuses: {reason}"
            return
        self._enter(LinkState.SUBSCRIBING)
        options = SubscribeOptions(qos=1, retainAsPublished=False)
        client.subscribe([(name, options) for name in self._filters])

    def _on_subscribe(
        self, _: mqtt.Client, __: Any, ___: int, reasons: list[ReasonCode], ____: Properties | None
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            self._gone = f"the broker refuses a subscription: {refused[0]}"
            return
        self._enter(LinkState.READY)
        self._log.info("link_ready", client=self._client_id)

    def _on_disconnect(
        self, _: mqtt.Client, __: Any, ___: mqtt.DisconnectFlags, reason: ReasonCode, ____: Properties | None
    ) -> None:
        self._gone = self._gone or f"disconnected: {reason}"

    def _on_publish(
        self, _: mqtt.Client, __: Any, mid: int, reason: ReasonCode, ____: Properties | None
    ) -> None:
        topic = self._topics.pop(mid, "")
        if reason.is_failure:
            self._rejected.append(Rejected(topic, str(reason)))

    def _on_message(self, _: mqtt.Client, __: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        self._arrived.append(Arrived(topic, bytes(message.payload), bool(message.retain)))


def _connect_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = MOST_MESSAGE_BYTES + 512
    return properties


def _claims_too_much(client: mqtt.Client) -> bool:
    """Whether the packet that is just coming in is larger than the broker was told it may be."""
    packet = client._in_packet  # noqa: SLF001 - the library has no limit of its own
    return bool(packet["have_remaining"]) and packet["to_process"] > MOST_MESSAGE_BYTES + 512
