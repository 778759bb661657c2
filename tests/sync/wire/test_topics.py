"""Topics: each says its device and its channel, and what is not one is refused."""

from __future__ import annotations

import pytest
from paho.mqtt.client import topic_matches_sub

from edge.signing.cose import MessageRefusal, MessageRefused
from sync.wire import (
    RESERVED,
    Channel,
    open_message,
    parse_topic,
    refused_id,
    seal_message,
)
from tests.sync.wire.examples import DEVICE, KEY, KEYS, MESSAGES


def refusal(topic: str, data: bytes, **how: object) -> MessageRefusal:
    with pytest.raises(MessageRefused) as refused:
        open_message(topic, data, KEYS, **how)  # type: ignore[arg-type]
    return refused.value.refusal


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "up",
        "up//journal",
        "up/+/journal",
        "up/#",
        "up/gp-0001",
        "up/gp-0001/ack",
        "dn/gp-0001/journal",
        "up/gp-0001/journal/more",
        "up/GP-0001/journal",
        "up/gp 0001/journal",
        "up/{}/journal",
        "up/" + "a" * 64 + "/journal",
        "$SYS/broker",
        "up/gp-0001/" + "x/" * 10_000,
    ],
)
def test_what_is_no_topic_is_refused(topic: str) -> None:
    assert refusal(topic, seal_message(MESSAGES["journal"], DEVICE, KEY).data) is MessageRefusal.UNKNOWN_TOPIC


@pytest.mark.parametrize("device", ["", "a/b", "+", "#", "A", "-a", "a" * 64, "a\0"])
def test_what_cannot_be_in_a_topic_cannot_be_a_device(device: str) -> None:
    with pytest.raises(ValueError, match="device"):
        Channel.HEALTH.of(device)


@pytest.mark.parametrize("device", ["", "a/b", "+", "A", "a" * 64, *sorted(RESERVED), "central-1"])
def test_no_new_device_is_called_so(device: str) -> None:
    assert refused_id(device) is not None


@pytest.mark.parametrize("device", [DEVICE, "central.main", "central-park.main", "brokers", "central-park"])
def test_a_device_may_be_called_so(device: str) -> None:
    assert refused_id(device) is None


@pytest.mark.parametrize("channel", Channel)
def test_a_topic_says_its_device_and_channel_and_which_way_it_goes(channel: Channel) -> None:
    topic = channel.of(DEVICE)
    assert parse_topic(topic) == (DEVICE, channel)
    assert channel.goes_up == topic.startswith(f"up/{DEVICE}/")
    assert channel.goes_up != topic.startswith(f"dn/{DEVICE}/"), "a broker's access list goes by these two"


@pytest.mark.parametrize("channel", Channel)
def test_a_filter_matches_one_channel_of_every_device(channel: Channel) -> None:
    assert [other for other in Channel if topic_matches_sub(channel.of_all, other.of(DEVICE))] == [channel]
    assert topic_matches_sub(channel.of_all, channel.of("gp-0002"))
