"""Stories of two gates of one site that count people: who passes at one is counted at the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.counting.configuration import CountsSection
from sync.agent.agent import Agent
from sync.agent.configuration import load_configuration
from sync.central.store import open_store
from sync.central.tables import gate_counts
from tests.edge.counting.conftest import IN, OUT, SOFT, Gate, MakeGate, make_gate
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE, OTHER_KEY
from tests.sync.world import World
from tests.waiting import soon

__all__ = ["make_gate"]
REAR, ELSEWHERE = "gp-0002", "gp-0003"
THIRD_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))


@dataclass
class Post:
    """A gate that counts, and its sync process; `folder` is where they meet."""

    gate: Gate
    agent: Agent

    def poll(self) -> None:
        self.agent.poll()
        self.gate.look()


@pytest.fixture
def world(tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("sync.agent.counts.COUNTS_EVERY", 0.1)
    monkeypatch.setattr("sync.agent.core.question_schedule.AGAIN_AFTER", 0.5)
    monkeypatch.setattr("sync.agent.core.question_schedule.ASKED_EVERY", 1.0)
    made = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)
    made.enrol(REAR, OTHER_KEY, gate="rear")
    return made


@contextmanager
def post(world: World, make_gate: MakeGate, device: str, name: str) -> Iterator[Post]:
    folder = world.folder / f"counts-{name}"
    section = CountsSection(folder / "inbox", folder / "counts.json")
    gate = make_gate(name, alone=False, section=section, anti_passback=SOFT)
    folder.mkdir(exist_ok=True)
    file = world.sync_file(device)
    file.write_text(f'{file.read_text()}[counts]\noutbox = "{section.outbox}"\ninbox = "{section.inbox}"\n')
    agent = Agent(load_configuration(file))
    try:
        yield Post(gate, agent)
    finally:
        agent.close()


def test_who_passes_at_one_gate_is_counted_and_known_at_the_other(
    world: World, make_gate: MakeGate, broker: Mosquitto
) -> None:
    with ExitStack() as running:
        running.enter_context(world.central())
        main = running.enter_context(post(world, make_gate, DEVICE, "main"))
        rear = running.enter_context(post(world, make_gate, REAR, "rear"))

        def both() -> None:
            main.poll()
            rear.poll()

        main.gate.crosses(IN, subject="ann")
        main.gate.crosses(IN)
        soon(lambda: rear.gate.inside == 2, meanwhile=both)
        rear.gate.crosses(OUT)
        soon(lambda: main.gate.inside == 1, meanwhile=both)
        known = rear.gate.counter.last_access("ann")
        assert known is not None
        assert known.gate == "main"

        broker.kill()
        main.gate.crosses(IN, subject="bob")
        rear.gate.crosses(IN)
        for _ in range(3):
            both()
        assert (main.gate.inside, rear.gate.inside) == (2, 2), "each knows its own"
        broker.start()
        soon(lambda: main.gate.inside == rear.gate.inside == 3, meanwhile=both)
        assert rear.gate.counter.last_access("bob") is not None


def test_a_gate_that_comes_later_hears_what_the_other_counted_before(
    world: World, make_gate: MakeGate
) -> None:
    with world.central(), post(world, make_gate, DEVICE, "main") as main:
        main.gate.crosses(IN, subject="ann")
        soon(lambda: bool(kept(world)), meanwhile=main.poll)
    with world.central(), post(world, make_gate, REAR, "rear") as rear:
        soon(lambda: rear.gate.inside == 1, meanwhile=rear.poll)
        assert rear.gate.counter.last_access("ann") is not None


def kept(world: World) -> list[str]:
    store = open_store(world.url)
    with store.reading() as connection:
        found = list(connection.execute(sa.select(gate_counts.c.device)).scalars())
    store.close()
    return found
