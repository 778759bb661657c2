"""The gate's side of sync, over a real broker and with a real centre: pruning, copies of a card, commands."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edge.barrier.signals import Grant
from edge.command import CommandKind
from edge.credentials.envelope import keys_of
from edge.decision.evidence import Direction
from edge.devices.clock import SystemClock
from edge.devices.command_socket import CommandSocket
from edge.journal.caretaker import JournalCaretaker
from edge.journal.event import Entry, EventKind
from edge.journal.reader import JournalReader
from edge.journal.store import Journal, open_journal
from edge.orders.desk import CommandDesk
from edge.orders.standing import StandingOrdersFile
from sync.agent.agent import Agent
from sync.agent.configuration import load_configuration
from tests.edge.gate.test_commands import Helpers, RecordingLane
from tests.sync.proxy import soon
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE
from tests.sync.world import CENTRAL_KEY, WALL, World, append

COMMAND_KEY = Ed25519PrivateKey.generate()
CENTRAL_KEYS = keys_of([CENTRAL_KEY.public_key().public_bytes_raw()])
COMMAND_KEYS = keys_of([COMMAND_KEY.public_key().public_bytes_raw()])


@pytest.fixture
def world(tmp_path: Path, broker: Mosquitto) -> World:
    return World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)


def caretaker(world: World, journal: Journal, keep: int) -> JournalCaretaker:
    folder = world.folder / f"{DEVICE}-acknowledged"
    return JournalCaretaker(journal, folder, DEVICE, lambda: CENTRAL_KEYS, keep=keep)


def both(agent: Agent, gate: JournalCaretaker, reasons: list[str]) -> Callable[[], None]:
    """A turn of the sync process and one of the gate, whose clock runs a hundred times as fast."""

    def turn() -> None:
        agent.turn()
        reasons.extend(item.reason for item in gate.turn(100.0 * monotonic(), WALL))

    return turn


def held(world: World) -> list[Entry]:
    reader = JournalReader(world.journal_path())
    assert list(reader.verify()) == []
    entries = list(reader.every())
    reader.close()
    return entries


def test_what_central_has_is_pruned_and_nothing_else(world: World) -> None:
    reasons: list[str] = []
    with open_journal(world.journal_path(), "main", WALL) as journal, world.agent() as agent:
        told = append(journal, 250)
        gate = caretaker(world, journal, keep=20)
        for _ in range(10):
            both(agent, gate, reasons)()
        assert len(held(world)) == 250, "central was not there"
        with world.central():
            soon(lambda: len(held(world)) == 20, meanwhile=both(agent, gate, reasons))
            more = append(journal, 5)
            soon(lambda: world.count() == 255, meanwhile=both(agent, gate, reasons))
    assert [entry.hash for entry in world.stored()] == [entry.hash for entry in (*told, *more)]
    assert reasons == []


def test_a_whole_card_put_back_counts_anew_and_central_sees_no_collision(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAULTS 14, where neither the file nor the card tells: the same number and card, an older state."""
    monkeypatch.setattr("edge.journal.store.medium_of", lambda _: "this very card")
    old = world.folder / "old.sqlite"
    with open_journal(world.journal_path(), "main", WALL) as journal:
        append(journal, 5)
    shutil.copy(world.journal_path(), old)
    with open_journal(world.journal_path(), "main", WALL) as journal, world.central():
        append(journal, 5)
        with world.agent() as agent:
            soon(lambda: world.count() == 10, meanwhile=agent.turn)
    shutil.copy(old, world.journal_path())
    reasons: list[str] = []
    with open_journal(world.journal_path(), "main", WALL) as journal, world.central():
        with world.agent() as agent:
            gate = caretaker(world, journal, keep=1000)
            soon(lambda: "ahead" in reasons, meanwhile=both(agent, gate, reasons))
            after = append(journal, 3)
            soon(lambda: world.count() == 14, meanwhile=both(agent, gate, reasons))
        assert after[0].epoch != held(world)[0].epoch
    stored = world.stored()
    assert [entry.sequence for entry in stored] == [*range(1, 11), 1, 2, 3, 4]
    assert stored[10].kind == EventKind.JOURNAL_EPOCH_BEGUN
    assert world.findings() == []


def test_a_command_goes_from_the_centres_shell_to_the_lane_and_its_result_comes_back(world: World) -> None:
    key = world.folder / "command.key"
    key.write_bytes(COMMAND_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    sync_file = world.sync_file()
    sync_file.write_text(f'{sync_file.read_text()}[commands]\nsocket = "c.sock"\n')
    lane, seam = RecordingLane(), CommandSocket(world.folder / "c.sock")
    line = [sys.executable, "-m", "sync.cli.main", "central", "command", DEVICE]
    line += ["--actor", "Wang Fang", "--key", str(key), "--config", str(world.central_file())]
    seam.open()
    with open_journal(world.journal_path(), "main", WALL) as journal, world.central():
        agent = Agent(load_configuration(sync_file), command_keys=lambda: COMMAND_KEYS)
        desk = CommandDesk(
            DEVICE,
            Direction.ENTRY,
            lambda: COMMAND_KEYS,
            SystemClock(lambda: None, lambda: True),
            journal,
            lane,
            Helpers(),
            StandingOrdersFile(world.folder / "standing-orders.json"),
        )
        append(journal, 1)
        soon(lambda: world.count() == 1, meanwhile=agent.turn)
        with subprocess.Popen(
            [*line, CommandKind.OPEN_ONCE.value], stdout=subprocess.PIPE, text=True
        ) as shell:

            def turn() -> None:
                agent.turn()
                for data in seam.take():
                    desk.take(data)

            soon(lambda: shell.poll() is not None, meanwhile=turn)
            told = shell.stdout.read() if shell.stdout else ""
        agent.close()
    seam.close()
    assert (told.strip(), shell.returncode) == ("done", 0)
    assert [signal.direction for signal in lane.heard if isinstance(signal, Grant)] == [Direction.ENTRY]
    assert [entry.kind for entry in world.stored()][1:] == [EventKind.COMMAND_TAKEN, EventKind.COMMAND_RESULT]
