"""`make cluster`: three nodes of RabbitMQ, PostgreSQL with a standby, two processes of a centre and a
simulated fleet on one computer, while nodes are killed, cut off and filled and the database's machine is
lost. Prints what was lost, what is doubled, and how long each stall was; exit 1 if anything was lost or
doubled. As root.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from edge.diagnostics.check_result import Verdict
from edge.errors import GatepostError
from sync.central.broker.watching import troubles_of
from sync.central.checking.cluster import check_cluster
from sync.central.processes.waits import waits_of
from sync.central.tables import event
from sync.transport.connection import Connection
from sync.transport.rabbitmq.keeping import queues_of
from sync.transport.rabbitmq.management import managed
from tests.cluster.centre import ClusterCentre
from tests.cluster.fleet import SimulatedFleet
from tests.cluster.networks import Networks, address, enter_own_namespaces
from tests.cluster.nodes import FIXED, Cluster, made_cluster
from tests.cluster.postgres import Server, primary_and_standby, url_of
from tests.cluster.tree import fetched_tree
from tests.waiting import pause, soon

_LONG = 180.0
_DISK = "96m"
_LITTLE = 4_000
"""Bytes: some batches of a passage."""


@dataclass
class Watch:
    """How long the fleet was told of nothing, at most, since it was asked before; it says so twice a second.

    Not by central's table: what a standby does not have yet is in it.
    """

    fleet: SimulatedFleet
    longest: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        before, since = -1, time.monotonic()
        while not self._stop.wait(0.1):
            now = self.fleet.acknowledged
            if now != before:
                before, since = now, time.monotonic()
            self.longest = max(self.longest, time.monotonic() - since)

    def stop(self) -> None:
        self._stop.set()


@dataclass(frozen=True)
class Act:
    """What is done, for how many seconds, how it is undone, and who is asked meanwhile what is wrong."""

    what: str
    begin: Callable[[], None]
    end: Callable[[], None]
    lasts: float
    said: Callable[[], list[str]]
    comes_on: bool = False
    """Whether events come meanwhile, though none is acknowledged: then how many did is said, too."""


@dataclass
class Trial:
    """What runs, and what is done to it."""

    cluster: Cluster
    networks: Networks
    centre: ClusterCentre
    servers: list[Server]
    fleet: SimulatedFleet
    watch: Watch
    opened: ExitStack

    def act(self, act: Act) -> None:
        """Do it, for so long, undo it, and say how long nothing was acknowledged, and what was said."""
        self.watch.longest = 0.0
        act.begin()
        before = self.stored() if act.comes_on else 0
        pause(act.lasts)
        came = f" ({self.stored() - before} events came meanwhile)" if act.comes_on else ""
        try:
            said = "; ".join(dict.fromkeys(act.said()))[:300]
        except (GatepostError, SQLAlchemyError) as error:
            said = str(error).splitlines()[0][:300]
        act.end()
        self.flows()
        stall = f"stall {self.watch.longest:5.1f} s{came}"
        print(f"{act.what:<38} {stall}   said: {said or 'nothing bad'}", flush=True)

    def flows(self) -> None:
        """Wait until what was written by now is acknowledged."""
        written = self.fleet.written
        soon(
            lambda: self.fleet.has_ended or self.fleet.acknowledged >= written,
            "the gates' events do not arrive",
            within=_LONG,
        )
        assert not self.fleet.has_ended, "the fleet has ended"

    def of_cluster(self) -> list[str]:
        found = check_cluster(self.cluster.for_central(), self.centre.devices(), self.centre.name)
        return [one.text for one in found if one.verdict is Verdict.BAD and one.what != "certificate"]

    def of_database(self) -> list[str]:
        with closing(self.centre.store()) as store, store.reading() as connection:
            return [str(each) for each in waits_of(connection)]

    def stored(self) -> int:
        """How many events are in central's tables, acknowledged or not."""
        with closing(self.centre.store()) as store, store.reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(event)).scalar_one()

    # --- what is done --------------------------------------------------------------------------

    def killed(self, *numbers: int) -> None:
        for number in numbers:
            self.cluster.nodes[number - 1].kill()

    def back(self, *numbers: int) -> None:
        for number in numbers:
            self.cluster.nodes[number - 1].start()
        for number in numbers:
            soon(lambda node=self.cluster.nodes[number - 1]: node.listens, "a node", within=_LONG)  # type: ignore[misc]

    def fill(self, number: int) -> None:
        """Fill the disk of a node but for a little."""
        folder = self.cluster.nodes[number - 1].folder / "data"
        with suppress(OSError), (folder / "filling").open("wb") as file:
            while shutil.disk_usage(folder).free >= 16 << 20:
                file.write(bytes(1 << 20))
                file.flush()

    def empty(self, number: int) -> None:
        (self.cluster.nodes[number - 1].folder / "data" / "filling").unlink()

    def narrowed(self) -> None:
        """No process of the centre runs, and the journals' queues hold little."""
        self.centre.stop()
        rule = {"overflow": "reject-publish", "max-length-bytes": _LITTLE}
        values = {"pattern": r"^gatepost\.journal\.", "priority": 9, "definition": rule}
        with managed(self.cluster.for_central()) as api:
            api.put("policies", "/", "narrow", values=values)

    def drained(self) -> None:
        """The centre's processes are back, and all flows before the queues hold more again."""
        self.centre.start(2, self.opened)
        self.flows()
        with managed(self.cluster.for_central()) as api:
            api.delete("policies", "/", "narrow")

    def of_queues(self) -> list[str]:
        """What the centre's check says of full queues, and what its alarm would."""
        with managed(self.cluster.for_central()) as api:
            nodes, queues = api.found("nodes"), queues_of(api)
        held = sum(queue.get("messages", 0) for queue in queues)
        found = check_cluster(self.cluster.for_central(), self.centre.devices(), self.centre.name)
        alarms = {one.what for one in troubles_of(self.cluster.hosts, nodes, queues)}
        full = [one.text for one in found if "nearly full" in one.text]
        assert full, "no queue came to its limit"
        return [f"{held} messages held", *full, *(f"alarm: {what}" for what in sorted(alarms))]

    def promoted(self) -> None:
        """The standby becomes the primary, a new one follows it and is waited for: docs/postgresql.md."""
        _, standby = self.servers
        standby.promote()
        self.flows()
        print(f"{'':<38} (takes writes, and waits for nobody after {self.watch.longest:.1f} s)")
        self.servers[:] = [standby, standby.new_standby()]
        standby.wait_for_standbys()

    def same_id(self) -> None:
        """A second process of a centre with the id of one that runs."""
        one = Connection(self.cluster.for_central(), "central-1", ("$share/central/up/+/journal",))
        soon(lambda: one.last is not None, meanwhile=lambda: one.poll(0.1), within=_LONG)
        print(f"two processes of one id: the second: {one.last.why.partition(':')[0] if one.last else ''}")
        one.close()


def prepare(folder: Path, opened: ExitStack, count: int = 3) -> tuple[Cluster, Networks]:
    """Nodes that run, the last of them with a small disk."""
    tree = fetched_tree()
    networks = Networks(count, opened)
    numbers = range(1, count + 1)
    inside = [networks.inside(number) for number in numbers]
    cluster = made_cluster(tree, folder, [address(number) for number in numbers], FIXED, inside)
    disk = cluster.nodes[-1].folder / "data"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", str(disk)], check=True)
    opened.callback(subprocess.run, ["umount", "--lazy", str(disk)], check=True)
    opened.callback(cluster.kill)
    began = time.monotonic()
    cluster.start()
    print(f"{count} nodes after {time.monotonic() - began:.0f} s", flush=True)
    return cluster, networks


def acts(trial: Trial) -> list[Act]:
    """What is done, in order."""
    cluster, database = trial.of_cluster, trial.of_database
    cut, plug = trial.networks.pull, trial.networks.plug
    primary, standby = trial.servers
    return [
        *(
            Act(f"node {n} killed (-9)", partial(trial.killed, n), partial(trial.back, n), 10.0, cluster)
            for n in (1, 2, 3)
        ),
        Act("two of three killed", lambda: trial.killed(1, 2), lambda: trial.back(1, 2), 15.0, cluster),
        Act("node 1 cut off", lambda: cut(1), lambda: plug(1), 45.0, cluster),
        Act("disk of node 3 full", lambda: trial.fill(3), lambda: trial.empty(3), 25.0, cluster),
        Act("no centre, queues at their limit", trial.narrowed, trial.drained, 45.0, trial.of_queues),
        Act("the standby stopped", standby.stop, standby.start, 15.0, database, comes_on=True),
        Act("the primary killed, standby promoted", primary.kill, trial.promoted, 5.0, database),
    ]


def stop_all(servers: list[Server]) -> None:
    """Those that there are by now."""
    for server in servers:
        server.stop()


def verdict(found: dict[str, object]) -> int:
    """Print what was lost and doubled by the fleet's own count; returns the exit code."""
    print(
        f"{found['written']} events of {found['gates']} gates: {found['lost']} lost, {found['doubled']} "
        f"doubled at central; from the batch to its acknowledgement {found['wire_p50_ms']} ms (p50), "
        f"{found['wire_p99_ms']} ms (p99); {found['links']} links opened",
        flush=True,
    )
    return 0 if found["lost"] == 0 and found["doubled"] == 0 else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gates", type=int, default=30)
    parser.add_argument("--rate", type=float, default=300.0, help="passages of a gate in an hour")
    parser.add_argument("--only", default="", help="only the acts whose name has this")
    asked = parser.parse_args()
    enter_own_namespaces("tests.cluster", sys.argv[1:])
    with TemporaryDirectory(prefix="gatepost-cluster-") as name, ExitStack() as opened:
        cluster, networks = prepare(Path(name) / "nodes", opened)
        servers = [*opened.enter_context(primary_and_standby(hasty=False))]
        opened.callback(stop_all, servers)
        centre = ClusterCentre(cluster, Path(name) / "centre", url_of(*servers))
        centre.make()
        centre.start(2, opened)
        fleet = SimulatedFleet(centre, asked.gates, asked.rate)
        fleet.start(Path(name) / "fleet.log")
        opened.callback(fleet.kill)
        watch = Watch(fleet)
        watching = threading.Thread(target=watch.run)
        watching.start()
        opened.callback(watching.join)
        opened.callback(watch.stop)
        trial = Trial(cluster, networks, centre, servers, fleet, watch, opened)
        soon(lambda: fleet.acknowledged > 0, "nothing arrives", within=_LONG)
        for act in acts(trial):
            if asked.only in act.what:
                trial.act(act)
        trial.same_id()
        trial.flows()
        return verdict(fleet.end())


if __name__ == "__main__":
    sys.exit(main())
