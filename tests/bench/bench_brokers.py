"""Mosquitto beside RabbitMQ on one node and on three, by turns: from a gate's batch to its acknowledgement.

.venv/bin/python -m tests.bench.bench_brokers [--gates 100] [--seconds 30] [--rate 600] [--turns 2]

The same gates, with TLS and certificates; the same centre, one process with SQLite; all on this computer,
each node in a network of its own. As root, with RabbitMQ 4 (`make cluster` fetches it).
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import structlog
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from sync.simulation.core import Curve, FleetTally
from sync.simulation.result import Result
from sync.simulation.task import Load
from sync.simulation.wishes import FleetPlace, FleetWishes, simulate
from sync.transport.clock import wall
from tests.cluster.centre import ClusterCentre
from tests.cluster.networks import Networks, address, enter_own_namespaces
from tests.cluster.nodes import FIXED, made_cluster
from tests.cluster.tree import found_tree

_TICK = os.sysconf("SC_CLK_TCK")
_PORT = FIXED.mqtt


@dataclass
class Used:
    """The processor's seconds of central and of the broker, between the first look and the last: of
    processes, and of all in the sessions that they lead.
    """

    central: list[int] = field(default_factory=list)
    broker: list[int] = field(default_factory=list)
    _first: tuple[float, float] = (0.0, 0.0)
    _last: tuple[float, float] = (0.0, 0.0)

    def begun(self, place: FleetPlace) -> None:
        if place.running is not None:
            found = place.running.processes()
            self.broker = [found.pop("broker")]
            self.central = list(found.values())
        self._first = self._last = self._now()

    def look(self, tally: FleetTally, since: float) -> None:  # noqa: ARG002
        self._last = self._now()

    def a_thousand(self, events: int) -> tuple[float, float]:
        """Milliseconds for each 1,000 events: central's, the broker's."""
        central, broker = (
            1e6 * (last - first) / max(1, events) for first, last in zip(self._first, self._last, strict=True)
        )
        return central, broker

    def _now(self) -> tuple[float, float]:
        sums = [0.0, 0.0]
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            whose = {int(stat.parent.name), int(fields[3])}
            for place, leaders in enumerate((self.central, self.broker)):
                if whose & set(leaders):
                    sums[place] += (int(fields[11]) + int(fields[12])) / _TICK
        return sums[0], sums[1]


def load(gates: int, seconds: float, rate: float) -> Load:
    return Load(seconds, rate, Curve.STEADY, 1.0, 9.0, 0.0, {}, 0, 1, wall(), gates)


def played(wishes: FleetWishes, used: Used) -> Result:
    found = simulate(wishes, Event(), used.look, lambda line: print(line, file=sys.stderr), used.begun)
    if not found.is_good:
        print(f"LOST OR DOUBLED: {found}", file=sys.stderr)
    return found


def on_mosquitto(wanted: Load) -> tuple[Result, Used]:
    used = Used()
    return played(FleetWishes(wanted, secured=True, drain=300.0, every=1.0), used), used


def on_rabbitmq(wanted: Load, networks: Networks, count: int) -> tuple[Result, Used]:
    with TemporaryDirectory(prefix="gatepost-cluster-") as name, ExitStack() as opened:
        tree, why = found_tree()
        assert tree is not None, why
        numbers = range(1, count + 1)
        inside = [networks.inside(number) for number in numbers]
        cluster = made_cluster(
            tree, Path(name) / "nodes", [address(number) for number in numbers], FIXED, inside
        )
        opened.callback(cluster.kill)
        cluster.start()
        centre = ClusterCentre(cluster, Path(name) / "centre", f"sqlite:///{name}/central.sqlite")
        centre.make()
        centre.start(1, opened)
        used = Used(centre.pids, [leader for node in cluster.nodes for leader in node.leaders])
        wishes = FleetWishes(
            wanted,
            centre=centre.folder,
            brokers=tuple((host, _PORT) for host in cluster.hosts),
            authority=cluster.folder,
            drain=300.0,
            every=1.0,
        )
        return played(wishes, used), used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gates", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=600.0)
    parser.add_argument("--turns", type=int, default=2)
    asked = parser.parse_args()
    tree, why = found_tree()
    if tree is None or os.geteuid() != 0:
        print(f"LOUD SKIP: {why or 'only root makes networks'}")
        return
    enter_own_namespaces("tests.bench.bench_brokers", sys.argv[1:])
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    print(f"load of this machine at the begin: {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    table = Table(
        "broker", "events", "events/s", "batch to ack p50 / p99 ms", "CPU ms / 1,000: central, broker, gates"
    )
    with ExitStack() as opened:
        networks = Networks(3, opened)
        kinds: dict[str, Callable[[Load], tuple[Result, Used]]] = {
            "Mosquitto": on_mosquitto,
            "RabbitMQ, one node": lambda wanted: on_rabbitmq(wanted, networks, 1),
            "RabbitMQ, three nodes": lambda wanted: on_rabbitmq(wanted, networks, 3),
        }
        for name, on in [*kinds.items()] * asked.turns:
            found, used = on(load(asked.gates, asked.seconds, asked.rate))
            table.add_row(name, *row(found, used))
            print(f"{name}: load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    Console(width=150).print(table)


def row(found: Result, used: Used) -> tuple[str, ...]:
    central, broker = used.a_thousand(found.acknowledged)
    gates = 1e6 * found.simulation_cpu / max(1, found.acknowledged)
    return (
        str(found.acknowledged),
        f"{found.events_a_second:.0f}",
        f"{found.wire_p50_ms} / {found.wire_p99_ms}",
        f"{central:.0f}, {broker:.0f}, {gates:.0f}",
    )


if __name__ == "__main__":
    main()
