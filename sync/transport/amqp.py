"""One link by AMQP 0-9-1 to a node of RabbitMQ: two connections of pika, used once.

Messages come in by one connection and go out by the other: a broker that lacks space stops those who publish,
and has to be emptied meanwhile. What came in is acknowledged to the broker at the next poll, when it has been
handled: what a process that died had in its hands is delivered again. What goes out is confirmed by the
broker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pika
import structlog
from pika.adapters.select_connection import IOLoop
from pika.channel import Channel
from pika.exceptions import ChannelClosedByBroker, StreamLostError
from pika.spec import Basic, BasicProperties

from edge.errors import ConfigurationError
from sync.transport.amqp_naming import FAILURES, name_failure, parameters_of
from sync.transport.broker import Broker
from sync.transport.core import (
    CENTRES,
    EXCHANGE,
    Ending,
    InboundMessage,
    LinkCause,
    LinkEnded,
    LinkState,
    Named,
    Rejected,
    is_shared,
    key_of,
    liking,
    named,
    named_amqp,
    queues_for,
    topic_of,
)
from sync.wire import SealedMessage

_IN_HAND = 512
"""Messages that the broker hands over before it is told that they are handled, about; their bytes are bounded
by that, too.
"""
_MOST_AT_ONCE = 2_000
_MOST_UNANSWERED = 500
"""Publications that the broker has not confirmed, at most; beyond them `publish` accepts nothing."""
_KEEP = 2
"""AMQP's delivery mode of a message that MQTT delivers with QoS 1."""


class AmqpLink:
    """A client of one node of `broker` as `client_id`: a consumer of the queues that the shared subscriptions
    among `filters` stand for, and of a queue of its own for the others; `connect` it once.
    """

    def __init__(self, broker: Broker, client_id: str, filters: Iterable[str]) -> None:
        self._broker = broker
        self._client_id = client_id
        filters = tuple(filters)
        self._queues = queues_for(filters, broker.journals)
        self._own = tuple(key_of(name) for name in filters if not is_shared(name))
        self._state = LinkState.CONNECTING
        self._ended: LinkEnded | None = None
        self._arrived: list[InboundMessage] = []
        self._newest = self._taken = self._acknowledged = 0
        self._rejected: list[Rejected] = []
        self._unconfirmed: dict[int, str] = {}
        self._published = 0
        self._blocked = False
        self._missing = {"to publish", *self._queues, *(["its own"] if self._own else [])}
        self._loop = IOLoop()
        self._connections: list[pika.SelectConnection] = []
        self._inward: Channel | None = None
        self._outward: Channel | None = None
        self._log = structlog.get_logger("sync.link").bind(broker=f"{broker.host}:{broker.port}")

    @property
    def state(self) -> LinkState:
        return self._state

    @property
    def ended(self) -> LinkEnded | None:
        return self._ended

    def connect(self) -> None:
        """Begin to connect; on failure `ended` says why."""
        try:
            for opened in (self._consume_from, self._publish_by):
                self._connections.append(self._opened(opened))
        except (ConfigurationError, *FAILURES) as error:
            self._end(Ending.REFUSED, name_failure(error, self._broker))

    def poll(self, wait: float) -> None:
        self._acknowledge()
        self._turn(wait)
        before = 0
        while self._ended is None and before < len(self._arrived) < _MOST_AT_ONCE:
            before = len(self._arrived)
            self._turn(0.0)

    def fetch_arrived(self) -> list[InboundMessage]:
        arrived, self._arrived, self._taken = self._arrived, [], self._newest
        return arrived

    def fetch_rejections(self) -> list[Rejected]:
        rejected, self._rejected = self._rejected, []
        return rejected

    def publish(self, out: SealedMessage) -> bool:
        ready = self._state is LinkState.READY and self._ended is None and not self._blocked
        if not ready or self._outward is None or len(self._unconfirmed) >= _MOST_UNANSWERED:
            return False
        try:
            properties = BasicProperties(delivery_mode=_KEEP)  # type: ignore[no-untyped-call]
            self._outward.basic_publish(EXCHANGE, key_of(out.topic), out.data, properties)
        except FAILURES as error:
            self._end(Ending.LOST, name_failure(error, self._broker))
            return False
        self._published += 1
        self._unconfirmed[self._published] = out.topic
        return True

    def disconnect(self, last: SealedMessage | None) -> None:
        self._acknowledge()
        if self._state is LinkState.READY and self._ended is None:
            if last is not None:
                self.publish(last)
            self._turn_until(lambda: not self._unconfirmed, 1.0)
        for connection in self._connections:
            if connection.is_open:
                connection.close()
        self._turn_until(lambda: all(one.is_closed for one in self._connections), 0.5)
        self.abandon()

    def abandon(self) -> None:
        self._ended = self._ended or LinkEnded(Ending.DROPPED, "it was given up")
        for connection in self._connections:
            if not connection.is_closed:
                # close() would wait for the other end.
                connection._terminate_stream(StreamLostError("given up"))  # noqa: SLF001
        self._connections_end()

    # --- inside ----------------------------------------------------------------------------

    def _opened(self, then: Callable[[pika.SelectConnection], None]) -> pika.SelectConnection:
        connection = pika.SelectConnection(
            parameters_of(self._broker, self._client_id),
            on_open_callback=partial(self._on_connected, then),
            on_open_error_callback=self._on_failure,
            on_close_callback=self._on_failure,
            custom_ioloop=self._loop,
        )
        connection.add_on_connection_blocked_callback(self._on_blocked)
        connection.add_on_connection_unblocked_callback(self._on_unblocked)
        return connection

    def _turn(self, wait: float) -> None:
        """Move bytes for at most `wait` seconds, until something arrives."""
        if self._ended is not None:
            return
        ends = self._loop.call_later(wait, self._loop.stop)
        try:
            self._loop.start()
        except FAILURES as error:
            self._end(Ending.LOST, name_failure(error, self._broker))
        finally:
            self._loop.remove_timeout(ends)

    def _turn_until(self, done: Callable[[], bool], within: float) -> None:
        until = time.monotonic() + within
        while not done() and self._ended is None and time.monotonic() < until:
            self._turn(0.05)

    def _connections_end(self) -> None:
        """Let the sockets be closed, which the library does in its loop only."""
        try:
            for _ in range(4):
                self._loop.call_later(0, self._loop.stop)
                self._loop.start()
        except FAILURES:
            pass
        finally:
            self._loop.close()

    def _acknowledge(self) -> None:
        """Tell the broker that what was fetched has been handled."""
        if self._taken == self._acknowledged or self._inward is None or not self._inward.is_open:
            return
        try:
            self._inward.basic_ack(self._taken, multiple=True)
        except FAILURES as error:
            self._end(Ending.LOST, name_failure(error, self._broker))
        self._acknowledged = self._taken

    def _end(self, ending: Ending, why: Named) -> None:
        """Note why the link ended; the first reason stays, for what follows from it says less."""
        self._ended = self._ended or LinkEnded(ending, str(why), why.cause)
        self._loop.stop()

    def _has(self, what: str) -> None:
        self._missing.discard(what)
        if not self._missing and self._ended is None:
            self._state = LinkState.READY
            self._loop.stop()

    # --- coming up: what the library calls, within `_turn` ---------------------------------------

    def _on_connected(
        self, then: Callable[[pika.SelectConnection], None], connection: pika.SelectConnection
    ) -> None:
        self._state = LinkState.SUBSCRIBING
        then(connection)

    def _publish_by(self, connection: pika.SelectConnection) -> None:
        def opened(channel: Channel) -> None:
            self._outward = channel
            channel.add_on_close_callback(self._on_channel_closed)
            channel.confirm_delivery(self._on_confirmed, callback=lambda _: self._has("to publish"))

        connection.channel(on_open_callback=opened)

    def _consume_from(self, connection: pika.SelectConnection) -> None:
        def opened(channel: Channel) -> None:
            self._inward = channel
            channel.add_on_close_callback(self._on_channel_closed)
            channel.add_on_cancel_callback(self._on_cancelled)
            each = max(8, _IN_HAND // max(1, len(self._queues) + bool(self._own)))
            channel.basic_qos(prefetch_count=each, callback=lambda _: self._subscribe(channel))

        connection.channel(on_open_callback=opened)

    def _subscribe(self, channel: Channel) -> None:
        if self._own:
            channel.queue_declare("", exclusive=True, callback=partial(self._bind, channel))
        if self._queues:
            # Nobody else can have a queue that is exclusive: a second process of this id is told.
            name = CENTRES + self._client_id
            channel.queue_declare(name, exclusive=True, callback=lambda _: self._consume_all(channel))

    def _bind(self, channel: Channel, declared: Any) -> None:
        queue = declared.method.queue
        for key in self._own:
            channel.queue_bind(queue, EXCHANGE, key)
        self._consume(channel, queue, "its own")

    def _consume_all(self, channel: Channel) -> None:
        for queue in self._queues:
            self._consume(channel, queue, queue)

    def _consume(self, channel: Channel, queue: str, what: str) -> None:
        channel.basic_consume(
            queue,
            self._on_message,
            arguments={"x-priority": liking(self._client_id, queue)},
            callback=lambda _: self._has(what),
        )

    # --- being up --------------------------------------------------------------------------------

    def _on_message(self, _: Channel, delivery: Basic.Deliver, __: BasicProperties, body: bytes) -> None:
        self._newest = int(delivery.delivery_tag or 0)
        key: str | bytes = delivery.routing_key or ""
        if isinstance(key, str):  # the library leaves what is not UTF-8 as bytes: no topic of ours
            self._arrived.append(InboundMessage(topic_of(key), body, retained=False))
        self._loop.stop()

    def _on_confirmed(self, frame: Any) -> None:
        answer = frame.method
        if answer.multiple:
            tags = [tag for tag in self._unconfirmed if tag <= answer.delivery_tag]
        else:
            tags = [answer.delivery_tag]
        for tag in tags:
            topic = self._unconfirmed.pop(tag, "")
            if isinstance(answer, Basic.Nack):
                self._rejected.append(Rejected(topic, str(named(LinkCause.NO_CONFIRM))))

    def _on_blocked(self, _: pika.SelectConnection, frame: Any) -> None:
        if not self._blocked:
            why = named(LinkCause.BLOCKED).because(str(frame.method.reason))
            self._log.error("broker_blocked", why=str(why))
        self._blocked = True

    def _on_unblocked(self, _: pika.SelectConnection, __: Any) -> None:
        self._blocked = False
        self._log.warning("broker_unblocked")

    # --- ending ----------------------------------------------------------------------------------

    def _on_cancelled(self, _: Any) -> None:
        self._end(Ending.LOST, named(LinkCause.CANCELLED))

    def _on_channel_closed(self, _: Channel, reason: Exception) -> None:
        if isinstance(reason, ChannelClosedByBroker):
            ending = Ending.LOST if self._state is LinkState.READY else Ending.REFUSED
            why = named_amqp(reason.reply_code, reason.reply_text)
            if why.cause is LinkCause.SAME_ID:
                ending = Ending.TAKEN_OVER
            self._end(ending, why)

    def _on_failure(self, _: pika.SelectConnection, error: BaseException) -> None:
        if self._ended is None:
            ending = Ending.LOST if self._state is LinkState.READY else Ending.REFUSED
            self._end(ending, name_failure(error, self._broker))


def open_amqp_link(broker: Broker, client_id: str, filters: tuple[str, ...]) -> AmqpLink:
    """A link that connects, or has ended with the reason why not."""
    link = AmqpLink(broker, client_id, filters)
    link.connect()
    return link
