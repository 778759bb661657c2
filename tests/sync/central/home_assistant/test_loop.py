"""Gates shown to a Home Assistant: a real Mosquitto that retains, and one that does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.subscribe as paho
import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from edge.signing.cose import Stamp
from sync.central.configuration import CentralHomeAssistantSection
from sync.central.devices.devices import note_health, retire_device
from sync.central.home_assistant.core.discovery import config_topic, state_topic
from sync.central.home_assistant.loop import CentralHomeAssistantLoop
from sync.central.store import Store
from sync.transport.broker import Broker
from sync.wire import DeviceState, Health, Held
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import AT, DEVICE


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    broker.start_retaining()
    yield broker
    broker.kill()


def loop_of(store: Store, broker: Mosquitto) -> CentralHomeAssistantLoop:
    at = Broker("127.0.0.1", port=broker.port, plain=True)
    section = CentralHomeAssistantSection("ha")
    return CentralHomeAssistantLoop(store, section, at, "central-1-home-assistant", lambda: AT)


def retained(broker: Mosquitto, *topics: str) -> dict[str, Any]:
    """What somebody who comes later is told, Home Assistant after a start, say."""
    found = paho.simple(  # type: ignore[no-untyped-call]
        list(topics),
        msg_count=len(topics),
        hostname="127.0.0.1",
        port=broker.port,
        protocol=MQTTProtocolVersion.MQTTv5,
    )
    messages = found if isinstance(found, list) else [found]
    assert all(message.retain for message in messages)
    return {message.topic: json.loads(message.payload) for message in messages}


def test_whoever_comes_later_finds_each_gate_with_its_state(store: Store, house: Mosquitto) -> None:
    with store.writing() as connection:
        health = Health(DeviceState.ONLINE, AT, Stamp(1, 1), software="1.4.2", held=Held(registry=3, root=1))
        note_health(connection, DEVICE, health, AT)
    shown = loop_of(store, house)
    assert shown.look()
    config, state = config_topic("ha", DEVICE), state_topic(DEVICE)
    found = retained(house, config, state)
    assert {"device", "origin", "components", "state_topic"} <= set(found[config])
    assert found[config]["state_topic"] == state
    assert found[state]["state"] == "look", "it was never probed"
    assert found[state]["registry_age"] == 0.0
    with store.writing() as connection:
        retire_device(connection, DEVICE, AT)
    assert shown.look()
    other = config_topic("ha", "gp-0002")
    assert set(retained(house, other)) == {other}
    assert shown.look(), "again, with nothing new"


def test_a_broker_that_retains_nothing_is_said_and_the_centre_goes_on(store: Store, house: Mosquitto) -> None:
    house.kill()
    house.set("allow_anonymous true\n")
    house.start()
    assert not loop_of(store, house).look()
    house.kill()
    assert not loop_of(store, house).look(), "and one that is away"
