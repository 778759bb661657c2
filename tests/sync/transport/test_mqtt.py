"""No message of ours asks a broker to keep it: a broker that retains nothing would end the link for it."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from sync.transport.broker import Broker
from sync.transport.core import LinkState
from sync.transport.mqtt import MqttLink, open_mqtt_link
from sync.transport.once import publish_once
from sync.wire import MOST_MESSAGE_BYTES, SealedMessage, seal_message
from sync.wire.messages import Message
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE, KEY, MESSAGES
from tests.waiting import soon

RETAIN_NOT_SUPPORTED = 0x9A
WAIT = 20.0


@pytest.fixture
def address(broker: Mosquitto) -> Broker:
    return Broker("127.0.0.1", broker.port, plain=True)


def ready(address: Broker, name: str, filters: tuple[str, ...], will: Message | None = None) -> MqttLink:
    link = open_mqtt_link(
        address, name, filters, lambda: None if will is None else seal_message(will, DEVICE, KEY)
    )
    soon(lambda: link.state is LinkState.READY, meanwhile=lambda: link.poll(0.02))
    return link


def test_whichever_way_a_message_goes_out_the_broker_is_not_asked_to_keep_it(address: Broker) -> None:
    listener = ready(address, "listener", ("#",))
    sender = ready(address, "sender", ("none",), will=MESSAGES["health"])
    heard: Counter[bytes] = Counter()
    sent: Counter[bytes] = Counter()
    gone: list[bool] = []

    def poll() -> None:
        if not gone:
            sender.poll(0.0)
        listener.poll(0.02)
        heard.update(item.data for item in listener.fetch_arrived())

    for message in MESSAGES.values():
        out = seal_message(message, DEVICE, KEY)
        assert sender.publish(out)
        assert publish_once(address, "once", out), "there is no answer where the broker hangs up"
        sent[out.data] += 2
        soon(lambda: heard == sent, meanwhile=poll)
    assert sender.ended is None
    gone.append(True)
    sender.abandon()  # and so its will is sent
    sent[seal_message(MESSAGES["health"], DEVICE, KEY).data] += 1
    soon(lambda: heard == sent, meanwhile=poll)
    listener.abandon()


def test_the_tests_brokers_would_say_so(broker: Mosquitto) -> None:
    ended: list[Any] = []
    over = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)

    def on_disconnect(_c: Any, _u: Any, _f: Any, reason: Any, _p: Any) -> None:
        ended.append(reason.value)
        over.set()

    client.on_disconnect = on_disconnect
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    client.publish("dn/x/command", b"x", qos=1, retain=True)
    assert over.wait(WAIT)
    client.disconnect()
    client.loop_stop()
    assert ended[0] == RETAIN_NOT_SUPPORTED


def test_a_small_packet_does_not_wait_for_the_one_before_it(address: Broker) -> None:
    link = ready(address, "sender", ("none",))
    opened = link._client.socket()
    assert isinstance(opened, socket.socket)
    assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    link.abandon()


def test_what_is_larger_than_anything_of_ours_the_broker_keeps_from_a_link(address: Broker) -> None:
    """A link says so when it begins: else one message that somebody makes too large would end it."""
    link, stranger = ready(address, "gate", ("dn/gate/#",)), ready(address, "stranger", ("none",))
    heard: list[bytes] = []

    def poll() -> None:
        stranger.poll(0.0)
        link.poll(0.02)
        heard.extend(item.data for item in link.fetch_arrived())

    for size in (2 * MOST_MESSAGE_BYTES, 1):
        assert stranger.publish(SealedMessage("dn/gate/ack", b"x" * size))
    soon(lambda: heard or link.ended, meanwhile=poll)
    assert (heard, link.ended) == ([b"x"], None)
    for each in (link, stranger):
        each.abandon()
