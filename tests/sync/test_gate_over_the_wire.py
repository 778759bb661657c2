"""The gate's side of sync, over a real broker and with a real centre: pruning, copies of a card, commands."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import paho.mqtt.publish as mqtt_publish
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from paho.mqtt.enums import MQTTProtocolVersion

from edge.commands.command_socket import CommandSocket
from edge.commands.core import Command, CommandKind
from edge.commands.handler import CommandHandler
from edge.commands.standing import StandingOrdersFile
from edge.decision import CentralTime, ClockTrust, Direction
from edge.devices.clock import FixedClock, SystemClock
from edge.journal.format import Entry
from edge.journal.format.kinds import EventKind
from edge.journal.pruner import JournalPruner
from edge.journal.reader import JournalReader
from edge.journal.store import Journal
from edge.lane.machine import Grant, Lock, Unlock
from edge.ports import Clock
from edge.signing.cose import keys_of, microseconds
from sync.agent.agent import Agent
from sync.agent.configuration import load_configuration
from sync.transport.connection import LinkState
from sync.wire import seal_message
from tests.command_line import called_beside
from tests.edge.commands.test_handler import Helpers, RecordingLane
from tests.events import noted
from tests.keys import ed25519
from tests.one_card import ONE_CARD
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE, OTHER_KEY
from tests.sync.world import CENTRAL_KEY, WALL, World, append
from tests.waiting import soon

COMMAND_KEY = ed25519("command_key")
CENTRAL_KEYS = keys_of([CENTRAL_KEY.public_key().public_bytes_raw()])
COMMAND_KEYS = keys_of([COMMAND_KEY.public_key().public_bytes_raw()])


@pytest.fixture
def world(tmp_path: Path, broker: Mosquitto) -> World:
    return World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)


def pruner(world: World, journal: Journal, keep: int) -> JournalPruner:
    folder = world.folder / f"{DEVICE}-acknowledged"
    return JournalPruner(journal, folder, DEVICE, lambda: CENTRAL_KEYS, keep=keep, look_every=0.1)


def both(agent: Agent, gate: JournalPruner, reasons: list[str]) -> Callable[[], None]:
    """One poll of the sync process and one of the gate, whose clock runs a hundred times as fast."""

    def poll() -> None:
        agent.poll()
        reasons.extend(item.reason for item in gate.poll(100.0 * monotonic(), WALL))

    return poll


def held(world: World) -> list[Entry]:
    reader = JournalReader(world.journal_path())
    assert list(reader.verify()) == []
    entries = list(reader.every())
    reader.close()
    return entries


def test_what_central_has_is_pruned_and_nothing_else(world: World) -> None:
    reasons: list[str] = []
    with world.journal(wall=WALL) as journal, world.agent() as agent:
        told = append(journal, 250)
        gate = pruner(world, journal, keep=20)
        for _ in range(10):
            both(agent, gate, reasons)()
        assert len(held(world)) == 250, "central was not there"
        with world.central():
            soon(lambda: len(held(world)) == 20, meanwhile=both(agent, gate, reasons))
            more = append(journal, 5)
            soon(lambda: world.count() == 255, meanwhile=both(agent, gate, reasons))
    assert [entry.hash for entry in world.stored()] == [entry.hash for entry in (*told, *more)]
    assert reasons == []


def test_an_acknowledgement_of_a_real_centre_tells_the_gate_the_time(world: World) -> None:
    told: list[CentralTime] = []
    folder = world.folder / f"{DEVICE}-acknowledged"
    with world.journal(wall=WALL) as journal, world.agent() as agent, world.central():
        gate = JournalPruner(
            journal, folder, DEVICE, lambda: CENTRAL_KEYS, on_time=told.append, look_every=0.1
        )

        def poll() -> None:
            agent.poll()
            gate.poll(monotonic(), WALL)

        append(journal, 3)
        soon(lambda: bool(told), meanwhile=poll)
    assert told[-1].usable
    assert told[-1].agrees(datetime.now(UTC), monotonic())


def test_a_whole_card_put_back_begins_a_new_epoch_and_central_sees_no_collision(world: World) -> None:
    """FAULTS 14, where neither the file nor the card tells: the same number and card, an older state."""
    old = world.folder / "old.sqlite"
    with world.journal(wall=WALL, ports=ONE_CARD) as journal:
        append(journal, 5)
    shutil.copy(world.journal_path(), old)
    with world.journal(wall=WALL, ports=ONE_CARD) as journal, world.central():
        append(journal, 5)
        with world.agent() as agent:
            soon(lambda: world.count() == 10, meanwhile=agent.poll)
    shutil.copy(old, world.journal_path())
    reasons: list[str] = []
    with world.journal(wall=WALL, ports=ONE_CARD) as journal, world.central():
        with world.agent() as agent:
            gate = pruner(world, journal, keep=1000)
            soon(lambda: "ahead" in reasons, meanwhile=both(agent, gate, reasons))
            after = append(journal, 3)
            soon(lambda: world.count() == 15, meanwhile=both(agent, gate, reasons))
        assert after[0].epoch != held(world)[0].epoch
    stored = world.stored()
    assert [entry.sequence for entry in stored] == [*range(1, 11), 1, 2, 3, 4, 5]
    begun = [EventKind.JOURNAL_EPOCH_BEGUN, EventKind.USED_PASSES_UNKNOWN]
    assert [entry.kind for entry in stored[10:12]] == begun
    assert world.findings() == []


class Gate:
    """The gate's end of the seam, and the sync process beside it."""

    def __init__(self, world: World, journal: Journal, clock: Clock) -> None:
        sync_file = world.sync_file()
        sync_file.write_text(f'{sync_file.read_text()}[commands]\nsocket = "c.sock"\n')
        self.agent = Agent(load_configuration(sync_file), command_keys=lambda: COMMAND_KEYS)
        self.lane, self.seam = RecordingLane(), CommandSocket(world.folder / "c.sock")
        self._world, self._journal, self._clock = world, journal, clock
        self.handler = self.started()

    def started(self) -> CommandHandler:
        return CommandHandler(
            DEVICE,
            Direction.ENTRY,
            lambda: COMMAND_KEYS,
            self._clock,
            self._journal,
            self.lane,
            Helpers(),
            StandingOrdersFile(self._world.folder / "standing-orders.json"),
        )

    def poll(self) -> None:
        self.agent.poll()
        for data in self.seam.receive():
            self.handler.handle(data)

    def close(self) -> None:
        self.agent.close()
        self.seam.close()

    def is_linked(self) -> bool:
        return self.agent._link.state is LinkState.READY


@pytest.fixture
def gate(world: World) -> Iterator[tuple[Gate, Journal]]:
    with world.journal(wall=WALL) as journal:
        gate = Gate(world, journal, SystemClock(lambda: None, lambda: True))
        yield gate, journal
        gate.close()


def told_by_the_shell(
    world: World,
    gate: Gate,
    kind: CommandKind = CommandKind.OPEN_ONCE,
    signed_by: Ed25519PrivateKey = COMMAND_KEY,
) -> tuple[str, int]:
    """What `gatepost central command send` says of an order."""
    key = world.folder / "command.key"
    key.write_bytes(signed_by.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    line = ("central", "command", "send", DEVICE, kind.value, "--actor", "Wang Fang", "--key", key)
    done = called_beside(*line, "--config", world.central_file(), meanwhile=gate.poll)
    sys.stderr.write(done.stderr)
    return done.stdout.strip(), done.returncode


def test_a_command_goes_from_the_centres_shell_to_the_lane_and_its_result_comes_back(
    world: World, gate: tuple[Gate, Journal]
) -> None:
    there, journal = gate
    there.seam.open()
    with world.central():
        append(journal, 1)
        soon(lambda: world.count() == 1, meanwhile=there.poll)
        assert told_by_the_shell(world, there) == ("done", 0)
    assert [signal.direction for signal in there.lane.heard if isinstance(signal, Grant)] == [Direction.ENTRY]
    assert [entry.kind for entry in world.stored()][1:] == [EventKind.COMMAND_TAKEN, EventKind.COMMAND_RESULT]


def test_a_lockdown_goes_through_to_a_gate_whose_clock_is_not_set(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    """The gate asks for its challenge in its journal, and the shell signs again by itself."""
    unset = FixedClock(datetime(1970, 1, 1, tzinfo=UTC), ClockTrust.UNTRUSTED)
    with world.journal(wall=unset.wall()) as journal, world.central():
        there = Gate(world, journal, unset)
        try:
            there.seam.open()
            journal.append(noted(), unset.wall())
            soon(lambda: world.count() == 1, meanwhile=there.poll)
            assert told_by_the_shell(world, there, CommandKind.LOCK_DOWN) == ("done", 0)
            assert "signed again, with the gate's challenge" in capfd.readouterr().err
            assert told_by_the_shell(world, there, CommandKind.LIFT_LOCK_DOWN) == ("done", 0)
        finally:
            there.close()
    assert [type(signal) for signal in there.lane.heard] == [Lock, Unlock]
    said = [(entry.kind, entry.content.get("outcome")) for entry in world.stored()[1:]]
    asked, taken, done = (
        (EventKind.COMMAND_RESULT, "unsure"),
        (EventKind.COMMAND_TAKEN, None),
        (EventKind.COMMAND_RESULT, "done"),
    )
    assert said == [asked, taken, done, asked, taken, done]


class Restarting(Gate):
    """A gate that restarts as soon as it has given out its first challenge."""

    restarted = False

    def poll(self) -> None:
        self.agent.poll()
        for data in self.seam.receive():
            result = self.handler.handle(data)
            if result is not None and result.challenge is not None and not self.restarted:
                self.handler, self.restarted = self.started(), True


def test_a_gate_that_restarts_meanwhile_is_asked_once_more(world: World) -> None:
    """A restart takes its challenges back: it refuses the one that it gave out before, and gives another."""
    unset = FixedClock(datetime(1970, 1, 1, tzinfo=UTC), ClockTrust.UNTRUSTED)
    with world.journal(wall=unset.wall()) as journal, world.central():
        there = Restarting(world, journal, unset)
        try:
            there.seam.open()
            journal.append(noted(), unset.wall())
            soon(lambda: world.count() == 1, meanwhile=there.poll)
            assert told_by_the_shell(world, there, CommandKind.LOCK_DOWN) == ("done", 0)
        finally:
            there.close()
    outcomes = [entry.content.get("outcome") for entry in world.stored()]
    assert [said for said in outcomes if said] == ["unsure", "unsure", "done"]


def test_a_command_to_a_gate_whose_process_is_down_fails_at_once(
    world: World, gate: tuple[Gate, Journal]
) -> None:
    there, _ = gate
    with world.central():
        soon(there.is_linked, meanwhile=there.poll)
        told, status = told_by_the_shell(world, there)
    assert status == 1
    assert told.startswith("failed the gate process does not accept it")
    there.seam.open()
    there.poll()
    assert there.lane.heard == [], "and it is not kept for later"


def test_who_signs_with_a_key_that_counts_no_more_is_told_so_at_once(
    world: World, gate: tuple[Gate, Journal]
) -> None:
    there, _ = gate
    there.seam.open()
    with world.central():
        soon(there.is_linked, meanwhile=there.poll)
        told, status = told_by_the_shell(world, there, signed_by=OTHER_KEY)
    assert status == 1
    assert told.startswith("refused unknown_key: is signed by a key that is not trusted")
    assert there.lane.heard == []


def test_a_genuine_command_that_was_retained_moves_nothing(
    world: World, broker: Mosquitto, gate: tuple[Gate, Journal]
) -> None:
    broker.start_retaining()
    there, _ = gate
    there.seam.open()
    now = microseconds(datetime.now(UTC))
    command = Command(random.randbytes(16), CommandKind.OPEN_ONCE, "Wang Fang", now, now + 60_000_000, now)
    out = seal_message(command, DEVICE, COMMAND_KEY)
    mqtt_publish.single(
        out.topic, out.data, 1, True, "127.0.0.1", world.port, protocol=MQTTProtocolVersion.MQTTv5
    )
    soon(lambda: there.agent._dispatcher.refused["retained"] == 1, meanwhile=there.poll)
    assert there.lane.heard == []


def test_losing_and_regaining_a_link_moves_nothing(
    world: World, broker: Mosquitto, gate: tuple[Gate, Journal]
) -> None:
    there, journal = gate
    there.seam.open()
    for _ in range(3):
        with world.central():
            soon(there.is_linked, meanwhile=there.poll)
            append(journal, 2)
            for _ in range(5):
                there.poll()
        broker.kill()
        soon(lambda: not there.is_linked(), meanwhile=there.poll)
        broker.start()
    assert there.lane.heard == []
