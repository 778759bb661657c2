"""A broker that recorded everything says it all again, in any order, to whom it likes: nothing changes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from edge.journal.format import Entry
from edge.signing.cose import LATEST, Stamp
from sync.agent.agent import Agent
from sync.transport.broker import Broker
from sync.transport.core import InboundMessage, Link, LinkState
from sync.transport.mqtt import open_mqtt_link
from sync.wire import (
    SCHEMA,
    SPEAKS,
    Channel,
    DeviceState,
    Health,
    Hello,
    SealedMessage,
    seal_message,
)
from tests.examples import alike
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import AT, DEVICE, KEY
from tests.sync.world import World, append
from tests.waiting import soon

OTHER = "gp-0002"
_AT_ONCE = 8
"""Fewer than central takes of a device at once: it is not a flood that is tried here."""


@pytest.fixture
def world(tmp_path: Path, broker: Mosquitto) -> World:
    return World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)


def ear(port: int) -> Link:
    """A client whom no access list stops."""
    link = open_mqtt_link(Broker("127.0.0.1", port, plain=True), "ear", ("up/#", "dn/#"), lambda: None)
    soon(lambda: link.state is LinkState.READY, meanwhile=lambda: link.poll(0.05))
    return link


def moved(topic: str, chance: random.Random) -> str:
    """The same topic, that of another device, or another of the same device."""
    direction, device, rest = topic.split("/", 2)
    return chance.choice(
        [
            topic,
            topic,
            topic,
            f"{direction}/{OTHER}/{rest}",
            f"{direction}/{device}/health",
            f"up/{device}/{rest}",
        ]
    )


@pytest.mark.parametrize("seed", alike([1, 2]))
def test_what_was_recorded_and_is_said_again_in_any_order_changes_nothing(world: World, seed: int) -> None:
    chance = random.Random(seed)
    told: list[Entry] = []
    recorded: list[InboundMessage] = []
    with world.central(), world.journal() as journal:
        link = ear(world.port)

        def arrives(agent: Agent, count: int) -> None:
            """The gate writes so many events, and central gets them."""

            def poll() -> None:
                agent.poll(0.02)
                link.poll(0.01)
                recorded.extend(link.fetch_arrived())

            told.extend(append(journal, count))
            soon(lambda: world.count() == len(told) and waits(agent) == 0, meanwhile=poll)

        for _ in range(3):
            with world.agent() as agent:
                arrives(agent, 20)
        old = list(recorded)
        assert {item.topic.split("/")[0] for item in old} == {"up", "dn"}
        chance.shuffle(old)
        with world.agent() as agent:
            arrives(agent, 5)
            for begin in range(0, len(old), _AT_ONCE):
                for item in old[begin : begin + _AT_ONCE]:
                    assert link.publish(SealedMessage(moved(item.topic, chance), item.data))
                arrives(agent, 1)
            assert agent._uploader.alarms == ()
            assert agent._refusals.why is None
            assert world.gates()[DEVICE].state == DeviceState.ONLINE
        link.abandon()
    assert world.findings() == []
    assert world.stored() == told


def waits(agent: Agent) -> int:
    return agent._uploader.progress()[2]


@pytest.mark.parametrize("epoch", alike([LATEST, 2**63 - 1, LATEST + 2**24], short=2))
def test_who_stole_a_devices_key_and_says_the_last_number_does_not_silence_it(
    world: World, epoch: int
) -> None:
    with world.central(), world.journal() as journal:
        with world.agent() as agent:
            append(journal, 1)
            soon(lambda: world.count() == 1, meanwhile=agent.poll)
        link = ear(world.port)
        said = [
            seal_message(Hello(bytes(16), Stamp(epoch, 1), SPEAKS, SCHEMA), DEVICE, KEY),
            seal_message(Health(DeviceState.STOPPED, AT, Stamp(epoch, 1)), DEVICE, KEY),
        ]
        for item in said:
            assert link.publish(item)
        heard: list[str] = []

        def welcomed() -> bool:
            link.poll(0.02)
            heard.extend(item.topic for item in link.fetch_arrived())
            return Channel.WELCOME.of(DEVICE) in heard

        soon(welcomed)
        with world.agent() as agent:
            append(journal, 1)
            soon(
                lambda: world.count() == 2 and world.gates()[DEVICE].state == DeviceState.ONLINE,
                meanwhile=agent.poll,
            )
        link.abandon()
