"""A broker that recorded everything says it all again, in any order, to whom it likes: nothing changes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from edge.journal.format import Entry
from sync.agent.agent import Agent
from sync.transport.broker import Broker
from sync.transport.core import InboundMessage, Link, LinkState
from sync.transport.mqtt import open_mqtt_link
from sync.wire import DeviceState, SealedMessage
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE
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


@pytest.mark.parametrize("seed", [1, 2])
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
