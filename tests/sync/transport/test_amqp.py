"""What comes by AMQP, without a broker; with one: tests/cluster."""

from __future__ import annotations

from typing import Any

from pika import spec

from sync.transport.amqp import AmqpLink
from sync.transport.broker import Broker


def delivered(link: AmqpLink, tag: int, key: Any) -> None:
    """As the library calls it; it gives bytes where a routing key is not UTF-8."""
    unused: Any = None
    deliver: Any = spec.Basic.Deliver
    link._on_message(unused, deliver("ctag", tag, False, "amq.topic", key), unused, b"x")


def test_a_routing_key_that_is_not_text_is_passed_over_and_the_rest_is_heard() -> None:
    link = AmqpLink(Broker("127.0.0.1", 1, plain=True), "central", ("up/+/journal",))
    for tag, key in enumerate((b"up.\xff.journal", "up.gp-1.journal", b"\xc3"), start=1):
        delivered(link, tag, key)
    assert [each.topic for each in link.fetch_arrived()] == ["up/gp-1/journal"]
    assert link._taken == 3, "the broker is told of all of them, and delivers none again"
    link.abandon()
