"""For all tests here: a node of a real RabbitMQ 4, two PostgreSQL servers, a Mosquitto."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.transport.core import CENTRES
from sync.transport.rabbitmq import keeping
from sync.transport.rabbitmq.management import managed
from tests.cluster.nodes import Cluster, one_node
from tests.cluster.postgres import Server, primary_and_standby
from tests.cluster.tree import found_tree
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE

DEVICES = frozenset({DEVICE, "gp-0002", "green-court.main"})
JOURNALS = 2


@pytest.fixture
def servers() -> Iterator[tuple[Server, Server]]:
    with primary_and_standby() as made:
        yield made


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(tmp_path)
    mosquitto.start()
    yield mosquitto
    mosquitto.kill()


@pytest.fixture
def cluster(node: Cluster) -> Cluster:
    """The node as it has to be, with nothing in its queues."""
    settle(node)
    with managed(node.for_central()) as api:
        api.delete("global-parameters", "gatepost-centre")
        for user in api.found("users"):
            if user["tags"] == ["monitoring"]:
                api.delete("users", user["name"])
        for queue in keeping.queues_of(api):
            if not queue["name"].startswith(CENTRES):
                api.delete("queues", "/", queue["name"], "contents")
    return node


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    tree, why = found_tree()
    if tree is None:
        pytest.skip(f"LOUD SKIP: {why}")
    with one_node(tree, tmp_path_factory.mktemp("cluster")) as cluster:
        settle(cluster)
        yield cluster


def settle(cluster: Cluster, devices: frozenset[str] = DEVICES) -> int:
    """Make what there has to be; returns how many things were changed."""
    with managed(cluster.for_central()) as api:
        changes = keeping.differences(api, JOURNALS, devices)
        assert all(made for _, made in keeping.apply(api, changes))
    return len(changes)
