"""Stories of refused messages over a real broker: who sent one is told, and central shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge.signing.cose import seal
from sync.agent.agent import Agent
from sync.central.devices.refusal_counts import refusals_of
from sync.central.store import open_store
from sync.wire import BURST, Channel, RefusedMessage, digest_of, open_message, seal_message
from tests.sync.services import Mosquitto
from tests.sync.test_commands import Gatepost
from tests.sync.wire.examples import DEVICE, KEY, MESSAGES, OTHER_KEY
from tests.sync.world import CENTRAL_KEYS, World
from tests.waiting import soon

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked")
UP, DOWN = Channel.JOURNAL.of(DEVICE), Channel.ACKNOWLEDGEMENT.of(DEVICE)


class Bystander:
    """A client whom no access list stops: it says what it likes, and hears what is said to the device."""

    def __init__(self, port: int) -> None:
        self.refusals: list[RefusedMessage] = []
        self.topics: set[str] = set()
        self._subscribed: list[bool] = []
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, "bystander", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_message = self._hear
        self._client.on_subscribe = lambda *_: self._subscribed.append(True)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self.listen(Channel.REFUSED_BY_CENTRAL.of(DEVICE))

    def listen(self, topic: str) -> None:
        before = len(self._subscribed)
        self._client.subscribe(topic, qos=1)
        soon(lambda: len(self._subscribed) > before)

    def say(self, topic: str, data: bytes) -> None:
        self._client.publish(topic, data, qos=1).wait_for_publish(10)

    def wait_for_central(self) -> None:
        """Until it answers: what is said before it has subscribed is lost."""
        soon(lambda: bool(self.refusals), meanwhile=lambda: self.say(UP, b"are you there?"))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _hear(self, _client: object, _data: object, item: paho.MQTTMessage) -> None:
        message = open_message(item.topic, bytes(item.payload), CENTRAL_KEYS).message
        assert isinstance(message, RefusedMessage)
        self.topics.add(item.topic)
        self.refusals.append(message)


@pytest.fixture
def world(tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("sync.central.devices.refused_messages.WRITTEN_EVERY", 0.1)
    return World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)


@pytest.fixture
def bystander(world: World) -> Iterator[Bystander]:
    made = Bystander(world.port)
    yield made
    made.close()


def shown(world: World) -> set[tuple[str, str, str]]:
    """What central counts: who refused, on which channel, by which code."""
    with closing(open_store(world.url)) as store, store.reading() as connection:
        return {(item.by, item.channel, item.code) for item in refusals_of(connection, DEVICE)}


def refused_there(agent: Agent) -> dict[str, int]:
    return {code: count for code, count in agent._refused_counts().items() if code.startswith("central_")}


def test_a_gate_learns_what_central_refused_and_central_shows_it(
    world: World,
    bystander: Bystander,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    forged = seal_message(MESSAGES["journal"], DEVICE, OTHER_KEY).data
    impossible = seal(b"\xa0", UP, KEY)
    with world.journal(), world.central(), world.agent() as agent:
        soon(lambda: agent._clock.offset is not None, meanwhile=agent.poll)
        for data in (b"junk", forged, impossible):
            bystander.say(UP, data)
        soon(lambda: len(refused_there(agent)) == 3, meanwhile=agent.poll)
        assert refused_there(agent) == dict.fromkeys(
            ("central_unreadable", "central_unknown_key", "central_invalid"), 1
        )
        soon(lambda: len(shown(world)) == 3, meanwhile=agent.poll)
        assert shown(world) == {
            ("central", "journal", code) for code in ("unreadable", "unknown_key", "invalid")
        }
    capsys.readouterr()
    gatepost, config = Gatepost(monkeypatch, capsys), ("--config", world.central_file())
    assert "central refused its journal: forged" not in gatepost("central", "gate", "show", DEVICE, *config)
    assert "central refused its journal: invalid, 1 time," in gatepost(
        "central", "gate", "show", DEVICE, *config
    )
    told = json.loads(gatepost("central", "gate", "show", DEVICE, "--json", *config))
    assert {item["code"] for item in told["refusals"]} == {"unreadable", "unknown_key", "invalid"}
    assert "no device 'nobody'" in gatepost("central", "gate", "show", "nobody", *config, code=1)
    assert {(item.code, item.digest) for item in bystander.refusals} == {
        ("unreadable", digest_of(b"junk")),
        ("unknown_key", digest_of(forged)),
        ("invalid", digest_of(impossible)),
    }


def test_central_learns_what_a_gate_refused_and_shows_it(world: World, bystander: Bystander) -> None:
    with world.journal(), world.central(), world.agent() as agent:
        soon(lambda: agent._clock.offset is not None, meanwhile=agent.poll)
        bystander.say(DOWN, b"junk")
        bystander.say(f"dn/{DEVICE}/of-a-newer-version", b"new")
        soon(lambda: len(shown(world)) == 2, meanwhile=agent.poll)
        assert shown(world) == {("device", "ack", "unreadable"), ("device", "other", "unknown_topic")}
        assert agent._dispatcher.refused == {"unreadable": 1, "unknown_topic": 1}


def test_a_flood_is_told_that_it_is_too_much_a_few_times_and_refusals_of_refusals_end_at_once(
    world: World, bystander: Bystander
) -> None:
    with world.central():
        bystander.wait_for_central()
        bystander.say(Channel.REFUSED_BY_DEVICE.of(DEVICE), b"junk")
        for number in range(int(BURST) + 400):
            bystander.say(UP, b"%d" % number)
        soon(lambda: ("central", "journal", "too_many") in shown(world))
    assert {item.channel for item in bystander.refusals} == {"journal"}, "never for a refusal"
    assert len(bystander.refusals) < 60, "a few, not one for each"


def test_a_stranger_gets_no_refusals(world: World, bystander: Bystander) -> None:
    unheard = Channel.REFUSED_BY_CENTRAL.of("stranger")
    with world.central():
        bystander.wait_for_central()
        bystander.listen(unheard)
        bystander.say("up/stranger/journal", b"junk")
        # Answered once its share allows it: waiting for central has used it up.
        soon(
            lambda: digest_of(b"junk") in {item.digest for item in bystander.refusals},
            meanwhile=lambda: bystander.say(UP, b"junk"),
        )
    assert bystander.topics == {Channel.REFUSED_BY_CENTRAL.of(DEVICE)}
