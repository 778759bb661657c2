"""FAULTS 46: one enrolled device that means harm, and what it costs the others.

The real broker with the shipped files, a real centre, and a gate with its sync process beside the device.
Stated: whatever one device sends, another gate's events, registry and commands arrive within `BOUND`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from edge.commands.core import Command, CommandKind
from edge.journal.factory import open_journal
from edge.journal.feed.server import journal_server
from edge.journal.store import Journal
from sync.agent.agent import Agent
from sync.central.devices.devices import enrol_device
from sync.central.journals.findings import FindingKind, findings_of
from sync.central.tables import chain, event
from sync.transport.broker import Broker as Address
from sync.transport.once import publish_once
from sync.wire import Channel, RegistryWant, batch_of, seal_message
from tests.examples import LONG
from tests.sync.agent.wire import GATE
from tests.sync.broker.conftest import WAIT, Broker, Client
from tests.sync.centre import SITE, Centre
from tests.sync.wire.examples import AT, DEVICE, chained
from tests.sync.world import append
from tests.waiting import PATIENT, soon

HOSTILE = "gp-0666"
HOSTILE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(90, 122)))
COMMAND_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(60, 92)))
NOT_AUTHORISED = 0x87
RETAIN_NOT_SUPPORTED = 0x9A
CONNECTION_LOST = 0x80
"""What paho says where a connection ends without a word."""
BOUND = PATIENT
"""Seconds. On a quiet machine it is one or two; the tests' machine has other things to do."""
A_SECOND = 5_000 if LONG else 1_000
"""Far more than a gate may send; it takes this machine's time for as long as the others wait."""
MESSAGES = 200_000
"""No more than that: who had to wait for all of them would wait for far longer than `BOUND`."""


class Compound(Centre):
    """A centre and its gate at the shipped broker: by TLS, each by its own listener."""

    def __init__(self, folder: Path, served: Broker) -> None:
        self.served = served
        super().__init__(folder, served)  # type: ignore[arg-type] # of it only the port is used
        with self.store.writing() as connection:
            key = HOSTILE_KEY.public_key().public_bytes_raw()
            enrol_device(connection, HOSTILE, (SITE, "rear"), key, 1)

    def address(self) -> Address:
        """The centre's way to the broker."""
        return self.central_file.broker

    def events(self, device: str) -> int:
        query = sa.select(sa.func.count()).select_from(event).join(chain, chain.c.number == event.c.chain)
        with self.store.reading() as connection:
            return int(connection.execute(query.where(chain.c.device == device)).scalar_one())

    def found(self) -> set[tuple[str, FindingKind]]:
        with self.store.reading() as connection:
            return {(item.device, item.kind) for item, _ in findings_of(connection)}

    def _central_file(self) -> str:
        folder = self.served.site.folder
        return self._by_tls(super()._central_file(), self.served.services, folder / "central-tls")

    def _sync_file(self) -> str:
        certificate, _ = self.served.site.device(DEVICE)
        return self._by_tls(super()._sync_file(), self.served.gates, certificate.with_suffix(""))

    def _by_tls(self, text: str, port: int, files: Path) -> str:
        ca = self.served.site.folder / "services-ca.pem"
        tls = f'ca = "{ca}"\ncertificate = "{files}.pem"\nkey = "{files}.key"'
        return text.replace(f"port = {self.served.gates}\nplain = true", f"port = {port}\n{tls}")


@pytest.fixture
def compound(
    tmp_path: Path,
    broker: Broker,
    checks_often: None,  # noqa: ARG001 - a fixture asks by its argument
) -> Iterator[Compound]:
    made = Compound(tmp_path, broker)
    yield made
    made.store.close()


@pytest.fixture
def hostile(connect: Callable[..., Client]) -> Client:
    return connect(HOSTILE).ready()


def until(done: Callable[[], bool], turn: Callable[[], object], within: float = BOUND) -> float:
    """Turn until it is so; the seconds that it took."""
    began = time.monotonic()
    soon(done, within=within, meanwhile=turn)
    return time.monotonic() - began


@contextmanager
def at_work(compound: Compound) -> Iterator[tuple[Agent, Journal]]:
    """The centre and the gate, once the gate's first event has been stored."""
    with (
        compound.central(),
        open_journal(compound.folder / "journal.sqlite", GATE) as journal,
        journal_server(compound.folder / "journal.sqlite", compound.folder / "journal.sock"),
        compound.agent() as agent,
    ):
        append(journal, 1)
        until(lambda: compound.events(DEVICE) == 1, agent.poll)
        yield agent, journal


# --- what the broker keeps of it -------------------------------------------------------------------


def test_a_device_writes_the_topics_of_the_contract_and_nothing_else(connect: Callable[..., Client]) -> None:
    device = connect("gate-1").ready()
    up = [channel.of("gate-1") for channel in Channel if channel.goes_up]
    assert up
    other = ["up/gate-1", "up/gate-1/x", "up/gate-1/journal/x", "up/gate-1/registry", "up/gate-1/command/x"]
    told = {topic: device.publish(topic).value == NOT_AUTHORISED for topic in (*up, *other)}
    assert told == dict.fromkeys(up, False) | dict.fromkeys(other, True)


def test_a_client_that_retains_is_disconnected_and_leaves_nothing(
    connect: Callable[..., Client], central: Client
) -> None:
    """A.8: retained junk on up/<id>/# filled the broker's memory; everybody was cut off after 49 s."""
    up = [channel.of(HOSTILE) for channel in Channel if channel.goes_up]
    for topic in up:
        for payload in (bytes(100_000), b""):
            client = connect(HOSTILE, comes_back=False).ready()
            client.client.publish(topic, payload, qos=1, retain=True)
            assert client.ended.wait(WAIT)
            assert client.ended_by.value == RETAIN_NOT_SUPPORTED
            client.close()
    central.subscribe(f"up/{HOSTILE}/#")
    connect(HOSTILE).ready().publish(f"up/{HOSTILE}/health", b"last")
    assert central.wait_for(lambda: bool(central.heard))
    assert central.heard == [(f"up/{HOSTILE}/health", b"last")]


def test_a_client_with_a_retained_will_is_refused(
    connect: Callable[..., Client],
) -> None:
    client = connect(HOSTILE, comes_back=False, retained_will=f"up/{HOSTILE}/health")
    assert client.ended.wait(WAIT)
    assert not client.connected.is_set()


def test_the_centre_cannot_retain_either(central: Client) -> None:
    central.client.publish(f"dn/{DEVICE}/command", b"x", qos=1, retain=True)
    assert central.ended.wait(WAIT)
    assert central.ended_by.value == RETAIN_NOT_SUPPORTED


def test_a_flood_of_retained_messages_blocks_no_other_device(compound: Compound, broker: Broker) -> None:
    """It comes back each time as fast as it can, and sends until it is thrown out."""
    certificate, key = broker.site.device(HOSTILE)
    ca = broker.site.folder / "services-ca.pem"
    ended = threading.Event()
    thrown_out: list[int] = []

    def retain_for_ever() -> None:
        while not ended.is_set():
            client = Client(broker.gates, ca, (certificate, key), client_id=HOSTILE, comes_back=False)
            if client.connected.wait(WAIT):
                for number in range(100):
                    client.client.publish(f"up/{HOSTILE}/x{number}", bytes(100_000), qos=0, retain=True)
                client.ended.wait(WAIT)
                thrown_out.append(client.ended_by.value)
            client.close()

    with at_work(compound) as (agent, journal):
        thread = threading.Thread(target=retain_for_ever)
        thread.start()
        try:
            until(lambda: len(thrown_out) > 0, agent.poll)
            told = 1
            while len(thrown_out) < 5:
                append(journal, 10)
                told += 10
                until(lambda told=told: compound.events(DEVICE) == told, agent.poll)  # type: ignore[misc]
        finally:
            ended.set()
            thread.join()
    # In the middle of megabytes the connection may be gone before the word why is read.
    assert set(thrown_out) <= {RETAIN_NOT_SUPPORTED, CONNECTION_LOST}
    client = Client(broker.gates, ca, (certificate, key), client_id=HOSTILE, comes_back=False)
    assert client.connected.wait(WAIT)
    client.client.publish(f"up/{HOSTILE}/x", b"small", qos=0, retain=True)
    assert client.ended.wait(WAIT)
    client.close()
    assert client.ended_by.value == RETAIN_NOT_SUPPORTED


# --- what it takes from the others -----------------------------------------------------------------


def test_a_device_that_joins_every_group_it_can_name_gets_nobodys_messages(
    compound: Compound, hostile: Client
) -> None:
    """It swallowed every second message while the group had a name that can be guessed."""
    section = compound.central_file.central
    for group in (section.group, section.id, "central", "ingest"):
        for channel in (channel for channel in Channel if channel.goes_up):
            hostile.subscribe(f"$share/{group}/{channel.of_all}")
    with at_work(compound) as (agent, journal):
        for number in range(2, 22):
            append(journal, 1)
            until(lambda number=number: compound.events(DEVICE) == number, agent.poll)  # type: ignore[misc]
    assert hostile.heard == [], "none was swallowed, and had to be sent again"


def flood(client: mqtt.Client, messages: list[tuple[str, bytes]], ended: threading.Event) -> None:
    """`A_SECOND` a second and no more than `MESSAGES`: a flood that is bounded by count."""
    began = time.monotonic()
    for number in range(MESSAGES):
        if ended.is_set():
            return
        topic, data = messages[number % len(messages)]
        client.publish(topic, data, qos=0)
        ahead = number / A_SECOND - (time.monotonic() - began)
        if ahead > 0.01:
            ended.wait(ahead)


def hostile_messages() -> list[tuple[str, bytes]]:
    """Junk, forgeries of another's place, and what its own key signs: nested bodies, wants without end."""
    deep = replace(chained(1, epoch=bytes(16))[0], body=b"\xa2\x64once\xf5\x61x" + b"\x81" * 9_000)
    nested = batch_of([deep], 0)
    wants = [RegistryWant(bytes([number]) * 32, tuple(range(64)), 0) for number in range(20)]
    genuine = [
        seal_message(nested, HOSTILE, HOSTILE_KEY),
        *(seal_message(item, HOSTILE, HOSTILE_KEY) for item in wants),
    ]
    moved = seal_message(batch_of(chained(3), 0), DEVICE, HOSTILE_KEY)
    return [
        *((item.topic, item.data) for item in genuine),
        *((Channel.JOURNAL.of(HOSTILE), junk) for junk in (b"", b"x", bytes(2_000), moved.data)),
        (moved.topic, moved.data),
    ]


@pytest.mark.longer
def test_while_a_device_floods_the_others_are_served_and_a_finding_names_it(
    compound: Compound, hostile: Client
) -> None:
    compound.people(50, faces=True)
    ended = threading.Event()
    with at_work(compound) as (agent, journal):
        first = seal_message(batch_of(chained(3), 0), HOSTILE, HOSTILE_KEY)
        hostile.publish(first.topic, first.data)
        until(lambda: compound.events(HOSTILE) == 3, agent.poll)
        thread = threading.Thread(target=flood, args=(hostile.client, hostile_messages(), ended))
        thread.start()
        try:
            took = {}
            compound.publish()

            def both() -> None:
                agent.poll()
                compound.site.registry_service.look()

            for name, done in {
                "registry": lambda: compound.site.version == 1,
                "finding": lambda: (HOSTILE, FindingKind.FLOODING) in compound.found(),
            }.items():
                took[name] = until(done, both)
            append(journal, 250)
            took["journal"] = until(lambda: compound.events(DEVICE) == 251, agent.poll)
            command = Command(bytes(16), CommandKind.OPEN_ONCE, "Wang Fang", AT, AT + 60_000_000, AT)
            began = time.monotonic()
            assert publish_once(compound.address(), "commander", seal_message(command, DEVICE, COMMAND_KEY))
            took["command"] = time.monotonic() - began
        finally:
            ended.set()
            thread.join()
    assert max(took.values()) < BOUND
    assert compound.events(DEVICE) == 251
    assert {device for device, _ in compound.found()} == {HOSTILE}, "nothing is laid to others"
