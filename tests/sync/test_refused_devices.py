"""A device that is retired, unknown or not connected: its link ends, and it gets no command, at both ends."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge.commands.core import Command, CommandKind
from edge.devices.clock import SystemClock
from edge.journal.store import Journal
from edge.signing.cose import microseconds
from sync.agent.agent import Agent
from sync.agent.configuration import load_configuration
from sync.central.devices.devices import resume_device, retire_device
from sync.central.devices.refusals import dismiss
from sync.central.store import Store, StoreError, open_store
from sync.cli.central_command import command
from sync.transport.broker import Broker
from sync.transport.core import Ending, InboundMessage, LinkState
from sync.transport.mqtt import open_mqtt_link
from sync.transport.once import publish_once
from sync.wire import DeviceRefused, RefusedDevice, SealedMessage, seal_message
from tests.command_line import called, called_beside
from tests.sync.services import Mosquitto
from tests.sync.test_gate_over_the_wire import COMMAND_KEY, Gate, told_by_the_shell
from tests.sync.wire.examples import AT, DEVICE, OTHER_KEY
from tests.sync.world import CENTRAL_KEY, WALL, World, append
from tests.waiting import PATIENT, soon


@pytest.fixture
def world(tmp_path: Path, broker: Mosquitto) -> World:
    return World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)


@pytest.fixture
def gate(world: World) -> Iterator[tuple[Gate, Journal]]:
    with world.journal(wall=WALL) as journal:
        there = Gate(world, journal, SystemClock(lambda: None, lambda: True))
        there.seam.open()
        yield there, journal
        there.close()


def retire(world: World, gate: Gate | None = None, act: str = "retire") -> tuple[str, int]:
    """`gatepost central gate retire`, while the gate goes on."""
    line = ("central", "gate", act, DEVICE, "--config", world.central_file())
    done = called(*line) if gate is None else called_beside(*line, meanwhile=gate.poll)
    return done.stdout, done.returncode


@pytest.fixture
def store(world: World) -> Iterator[Store]:
    opened = open_store(world.url)
    yield opened
    opened.close()


def order() -> SealedMessage:
    now = microseconds(datetime.now(UTC))
    command = Command(random.randbytes(16), CommandKind.OPEN_ONCE, "Wang Fang", now, now + 60_000_000, now)
    return seal_message(command, DEVICE, COMMAND_KEY)


def is_heard(world: World, message: SealedMessage) -> bool:
    """Whether anybody gets `message`, as somebody sends it whom no access list stops."""
    return publish_once(Broker("127.0.0.1", world.port, plain=True), "anybody", message)


# --- retired ---------------------------------------------------------------------------------


def test_a_device_that_is_retired_while_it_is_connected_opens_nothing_any_more(
    world: World, gate: tuple[Gate, Journal]
) -> None:
    there, journal = gate
    with world.central():
        append(journal, 1)
        soon(lambda: world.count() == 1, meanwhile=there.poll)
        said, code = retire(world, there)
        # What the gate says meanwhile has the centre tell it too, which may be first.
        ends = ("it was told, and its connection was ended\n", "it is not connected\n")
        assert (code, said.endswith(ends)) == (0, True), said
        soon(lambda: there.agent.status.startswith("retired"), meanwhile=there.poll)
        told, status = told_by_the_shell(world, there)
    assert (told, status) == ("", 1), "the centre signs nothing for it"
    assert not is_heard(world, order()), "and nobody is there to hear what others sign"
    assert there.lane.heard == []


def test_a_retired_device_stays_away_after_a_restart_before_any_link(
    world: World, gate: tuple[Gate, Journal], store: Store
) -> None:
    there, _ = gate
    with store.writing() as connection:
        retire_device(connection, DEVICE, AT)
    with world.central():
        soon(lambda: is_heard(world, SealedMessage("up/anybody/health", b"x")))  # central listens
        soon(lambda: there.agent.status.startswith("retired"), meanwhile=there.poll)
    again = Agent(load_configuration(world.folder / f"sync-{DEVICE}.toml"))
    try:
        again.poll()
        assert again.status.startswith("retired")
        assert again._link.attempts == 0
        assert not is_heard(world, order())
    finally:
        again.close()


def test_a_device_that_was_away_when_it_was_retired_learns_it_at_its_first_message(
    world: World, gate: tuple[Gate, Journal]
) -> None:
    there, journal = gate
    append(journal, 3)
    assert retire(world)[0].endswith("it is not connected\n")
    with world.central():
        soon(lambda: is_heard(world, SealedMessage("up/anybody/health", b"x")))  # central listens
        soon(lambda: there.agent.status.startswith("retired"), meanwhile=there.poll)
    assert world.count() == 0, "what it says is believed no more"


def test_the_connection_of_one_that_does_not_listen_is_ended_too(world: World) -> None:
    ended, subscribed = threading.Event(), threading.Event()
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, DEVICE, protocol=mqtt.MQTTv5, reconnect_on_failure=False
    )
    client.on_disconnect = lambda *_: ended.set()
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", world.port)
    client.loop_start()
    client.subscribe(f"dn/{DEVICE}/#", 1)
    assert subscribed.wait(PATIENT)
    try:
        assert retire(world)[1] == 0
        assert ended.wait(PATIENT)
    finally:
        client.loop_stop()


def test_one_that_is_suspended_is_refused_until_it_is_resumed(
    world: World, gate: tuple[Gate, Journal], store: Store
) -> None:
    there, journal = gate
    with world.central():
        append(journal, 1)
        soon(lambda: world.count() == 1, meanwhile=there.poll)
        assert retire(world, there, "suspend")[1] == 0
        soon(lambda: there.agent.status.endswith(": suspended"), meanwhile=there.poll)
        with pytest.raises(StoreError, match="is suspended"):
            command(DEVICE, CommandKind.OPEN_ONCE, actor="Wang", config=world.central_file())
        with store.writing() as connection:
            resume_device(connection, DEVICE)
        append(journal, 1)
        with world.agent() as again:
            soon(lambda: world.count() == 2, meanwhile=again.poll)


def test_a_device_in_service_that_is_disconnected_does_not_suspect_a_copy_of_itself(
    world: World, gate: tuple[Gate, Journal]
) -> None:
    there, journal = gate
    with world.central():
        append(journal, 1)
        soon(lambda: world.count() == 1, meanwhile=there.poll)
        said, code = retire(world, there, "disconnect")
        assert (code, said) == (
            0,
            f"device {DEVICE} was told, and its connection was ended; it may come back\n",
        )
        soon(lambda: there.agent._link.last is not None, meanwhile=there.poll)
        assert there.agent._link.last is not None
        assert there.agent._link.last.ending is Ending.DROPPED, "it left, and was not thrown out"
        assert there.agent.status.endswith(": disconnected")
        assert there.agent._current_health().alarms == ()


def test_a_device_is_told_to_leave_and_disconnected_only_after_it_has_left(world: World) -> None:
    """A slow device receives it three times here before it leaves."""
    address = Broker("127.0.0.1", world.port, plain=True)
    link = open_mqtt_link(address, DEVICE, (f"dn/{DEVICE}/#",), lambda: None)
    soon(lambda: link.state is LinkState.READY, meanwhile=lambda: link.poll(0.02))
    told = DeviceRefused(RefusedDevice.DISCONNECTED, AT)
    was_there: list[bool] = []
    centre = threading.Thread(
        target=lambda: was_there.append(dismiss(address, "centre", DEVICE, told, CENTRAL_KEY))
    )
    centre.start()
    heard: list[InboundMessage] = []

    def poll() -> None:
        link.poll(0.02)
        heard.extend(link.fetch_arrived())

    soon(lambda: len(heard) >= 3, meanwhile=poll)
    assert link.ended is None
    link.disconnect(None)
    centre.join()
    assert was_there == [True]


def test_a_device_is_retired_also_where_the_broker_is_away(world: World, broker: Mosquitto) -> None:
    broker.kill()
    said, code = retire(world)
    assert (code, "cannot reach the broker" in said) == (1, True)
    assert world.gates()[DEVICE].retired


def test_an_unknown_device_ends_its_link_and_stores_nothing(world: World) -> None:
    world._secret("gp-0009.key", OTHER_KEY)
    with (
        world.journal("gp-0009", WALL) as journal,
        world.central(),
        world.agent("gp-0009") as agent,
    ):
        append(journal, 2)
        soon(lambda: agent.status == "refused by central: unknown", meanwhile=agent.poll)
    assert world.count() == 0


# --- not there, not known ------------------------------------------------------------------------


def test_a_device_that_is_not_connected_is_said_to_be_so_and_is_sent_nothing(
    world: World, gate: tuple[Gate, Journal]
) -> None:
    there, _ = gate
    there.agent.close()
    with world.central():
        told, status = told_by_the_shell(world, there)
    assert (status, told.startswith(f"not_connected {DEVICE} was never seen; ")) == (1, True)


def test_a_device_that_central_does_not_know_gets_no_command_be_it_into_a_file(world: World) -> None:
    for out in (None, world.folder / "command"):
        with pytest.raises(StoreError, match="'gp-0009' is unknown"):
            command("gp-0009", CommandKind.OPEN_ONCE, actor="Wang", config=world.central_file(), out=out)
    assert not (world.folder / "command").exists()
