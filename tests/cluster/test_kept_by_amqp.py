"""A standby is away while gates send through RabbitMQ: gates, a node, a centre and two servers, all real."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from edge.journal.format import Entry
from sync.agent.agent import Agent
from sync.wire import MOST_ROWS
from tests.cluster.conftest import JOURNALS
from tests.cluster.nodes import Cluster
from tests.cluster.postgres import Server, url_of
from tests.keys import ed25519
from tests.sync.wire.examples import DEVICE
from tests.sync.world import World, append
from tests.waiting import soon

_GATES = (DEVICE, "gp-0002", "green-court.main")
_MANY = 4 * MOST_ROWS
"""More than a gate sends without an answer."""


def test_gates_of_a_cluster_send_on_without_a_standby_and_all_is_acknowledged_once_it_is_back(
    cluster: Cluster, servers: tuple[Server, Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.agent.core.stored_notices.ASKED_AFTER", 1.0)
    primary, standby = servers
    tables = {"": cluster.table("", journals=JOURNALS)} | {name: cluster.table(name) for name in _GATES}
    world = World(tmp_path, url_of(primary, standby), 0, broker_of=tables.__getitem__)
    for name in _GATES[1:]:
        world.enrol(name, ed25519(name), name)
    with ExitStack() as opened:
        journals = {name: opened.enter_context(world.journal(name)) for name in _GATES}
        opened.enter_context(world.central())
        agents = [opened.enter_context(world.agent(name)) for name in _GATES]
        written: dict[str, list[Entry]] = {name: [] for name in _GATES}

        def write(count: int) -> None:
            for name, journal in journals.items():
                written[name] += append(journal, count)

        def poll() -> None:
            for agent in agents:
                agent.poll(0.02)

        def come() -> bool:
            return all(world.stored(name) == entries for name, entries in written.items())

        def waiting() -> list[int]:
            return [waits_of(agent) for agent in agents]

        write(5)
        soon(lambda: waiting() == [0, 0, 0], "nothing is acknowledged", meanwhile=poll)
        standby.stop()
        write(_MANY)
        soon(come, "they do not come", meanwhile=poll)
        assert waiting() == [_MANY] * 3, "acknowledged what only one machine has"
        standby.start()
        soon(lambda: waiting() == [0, 0, 0], "they are not acknowledged afterwards", meanwhile=poll)
        assert come(), "lost, or stored twice"
    assert world.findings() == []


def waits_of(agent: Agent) -> int:
    """How many events of the gate are not acknowledged."""
    return agent._uploader.progress()[2]
