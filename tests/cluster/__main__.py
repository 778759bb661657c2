"""`make cluster`: three nodes on one computer, gates and two processes of a centre through them, while nodes
are killed, cut off and filled. Prints what was lost, what is doubled, and how long each stall was; exit 1 if
anything was lost or doubled. As root.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from edge.diagnostics.check_result import Verdict
from edge.errors import GatepostError
from sync.agent.agent import Agent
from sync.agent.configuration import load_configuration
from sync.central.checking.cluster import check_cluster
from sync.transport.connection import Connection
from sync.transport.rabbitmq import keeping
from sync.transport.rabbitmq.management import managed
from tests.cluster.networks import Networks, address, enter_own_namespaces
from tests.cluster.nodes import FIXED, Cluster, made_cluster
from tests.cluster.tree import fetched_tree
from tests.keys import ed25519
from tests.sync.wire.examples import DEVICE
from tests.sync.world import World, append
from tests.waiting import pause, soon

_LONG = 180.0
_DISK = "96m"


@dataclass
class Gates:
    """Gates with real journals and the real sync process, each writing an event every `every` seconds."""

    world: World
    names: list[str]
    every: float
    written: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _quiet: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [threading.Thread(target=self._run, args=(name,)) for name in self.names]
        for thread in self._threads:
            thread.start()

    def rest(self) -> None:
        """Write nothing more, and go on sending."""
        self._quiet.set()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def total(self) -> int:
        return sum(self.written.values())

    def _run(self, name: str) -> None:
        agent = Agent(load_configuration(self.world.sync_file(name)))
        with self.world.journal(name) as journal:
            due = time.monotonic()
            while not self._stop.is_set():
                if not self._quiet.is_set() and time.monotonic() >= due:
                    append(journal)
                    self.written[name] += 1
                    due += self.every
                agent.poll(0.05)
        agent.close()


@dataclass
class Watch:
    """How long nothing arrived at the centre, at most, since it was asked before."""

    world: World
    longest: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        before, since = self.world.count(), time.monotonic()
        while not self._stop.wait(0.1):
            now = self.world.count()
            if now != before:
                before, since = now, time.monotonic()
            self.longest = max(self.longest, time.monotonic() - since)

    def stop(self) -> None:
        self._stop.set()


@dataclass
class Trial:
    """What runs, and what is done to it."""

    cluster: Cluster
    networks: Networks
    world: World
    gates: Gates
    watch: Watch

    def act(self, what: str, begin: Callable[[], None], end: Callable[[], None], lasts: float) -> None:
        """Do something, for so many seconds, undo it, and say how long nothing arrived and what the check
        says.
        """
        self.watch.longest = 0.0
        begin()
        pause(lasts)
        said = self.said()
        end()
        self.flows()
        print(f"{what:<34} stall {self.watch.longest:5.1f} s   check: {said}", flush=True)

    def flows(self) -> None:
        """Wait until what was written by now has arrived."""
        written = self.gates.total
        soon(lambda: self.world.count() >= written, "the gates' events do not arrive", within=_LONG)

    def said(self) -> str:
        results: list[str] = []
        try:
            found = check_cluster(self.cluster.for_central(), {*self.gates.names, DEVICE})
            results += [one.text for one in found if one.verdict is Verdict.BAD and one.what != "certificate"]
        except GatepostError as error:
            results.append(str(error))
        return "; ".join(dict.fromkeys(results))[:300] or "nothing bad"

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
            while True:
                file.write(bytes(1 << 20))
                file.flush()
                if _free(folder) < 16 << 20:
                    break

    def empty(self, number: int) -> None:
        (self.cluster.nodes[number - 1].folder / "data" / "filling").unlink()

    def same_id(self) -> None:
        """A second process of a centre with the id of one that runs."""
        one = Connection(self.cluster.for_central(), "central-1", ("$share/central/up/+/journal",))
        soon(lambda: one.last is not None, meanwhile=lambda: one.poll(0.1), within=_LONG)
        print(f"two processes of one id: the second: {one.last.why.partition(':')[0] if one.last else ''}")
        one.close()


def _free(folder: Path) -> int:
    import shutil

    return shutil.disk_usage(folder).free


def prepare(folder: Path, opened: ExitStack) -> tuple[Cluster, Networks]:
    """Three nodes that run, one of them with a small disk."""
    tree = fetched_tree()
    networks = Networks(3, opened)
    cluster = made_cluster(
        tree, folder, [address(n) for n in (1, 2, 3)], FIXED, [networks.inside(n) for n in (1, 2, 3)]
    )
    disk = cluster.nodes[2].folder / "data"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", str(disk)], check=True)
    opened.callback(subprocess.run, ["umount", "--lazy", str(disk)], check=True)
    opened.callback(cluster.kill)
    began = time.monotonic()
    for node in cluster.nodes:
        node.start()
    for node in cluster.nodes:
        soon(lambda node=node: node.listens, f"{node.address} does not listen", within=_LONG)  # type: ignore[misc]
    print(f"three nodes after {time.monotonic() - began:.0f} s", flush=True)
    return cluster, networks


def centre(world: World, name: str, opened: ExitStack) -> None:
    """A process of the centre, which ingests."""
    words = [
        sys.executable,
        "-m",
        "sync.cli.main",
        "central",
        "run",
        "--config",
        str(world.central_file(name)),
    ]
    log = opened.enter_context((world.folder / f"{name}.log").open("ab"))
    process = subprocess.Popen(words, stdout=log, stderr=log)
    opened.callback(process.wait)
    opened.callback(process.terminate)


def verdict(world: World, gates: Gates) -> int:
    """Print what was lost and doubled; returns how much."""
    lost = doubled = 0
    for name in gates.names:
        stored = Counter(entry.sequence for entry in world.stored(name))
        lost += sum(1 for sequence in range(1, gates.written[name] + 1) if not stored[sequence])
        doubled += sum(stored.values()) - len(stored)
    print(
        f"{gates.total} events of {len(gates.names)} gates: {lost} lost, {doubled} doubled at central",
        flush=True,
    )
    return lost + doubled


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gates", type=int, default=6)
    parser.add_argument("--every", type=float, default=0.2, help="seconds between two events of a gate")
    parser.add_argument("--only", default="", help="only the acts whose name has this")
    asked = parser.parse_args()
    enter_own_namespaces("tests.cluster", sys.argv[1:])
    with TemporaryDirectory(prefix="gatepost-cluster-") as name, ExitStack() as opened:
        folder = Path(name)
        cluster, networks = prepare(folder / "nodes", opened)
        own = folder / "world"
        own.mkdir()
        world = World(own, f"sqlite:///{own}/central.sqlite", 0, broker_of=cluster.table)
        names = [f"gate-{number}" for number in range(asked.gates)]
        for gate in names:
            world.enrol(gate, ed25519(gate), gate)
        with managed(cluster.for_central()) as api:
            made = [done for _, done in keeping.apply(api, keeping.differences(api, 8, {*names, DEVICE}))]
        print(f"{len(made)} things made at the broker", flush=True)
        for process in ("central-1", "central-2"):
            centre(world, process, opened)
        gates = Gates(world, names, asked.every)
        gates.start()
        opened.callback(gates.stop)
        watch = Watch(world)
        watching = threading.Thread(target=watch.run)
        watching.start()
        opened.callback(watching.join)
        opened.callback(watch.stop)
        trial = Trial(cluster, networks, world, gates, watch)
        soon(lambda: world.count() > 0, "nothing arrives", within=_LONG)
        for what, begin, end, lasts in acts(trial):
            if asked.only in what:
                trial.act(what, begin, end, lasts)
        trial.same_id()
        gates.rest()
        trial.flows()
        return 1 if verdict(world, gates) else 0


def acts(trial: Trial) -> list[tuple[str, Callable[[], None], Callable[[], None], float]]:
    """What is done, in order: its name, how it begins and ends, and how many seconds it lasts."""
    one_by_one = [
        (f"node {n} killed (-9)", lambda n=n: trial.killed(n), lambda n=n: trial.back(n), 10.0)
        for n in (1, 2, 3)
    ]
    return [
        *one_by_one,
        ("two of three killed", lambda: trial.killed(1, 2), lambda: trial.back(1, 2), 15.0),
        ("node 1 cut off", lambda: trial.networks.pull(1), lambda: trial.networks.plug(1), 45.0),
        ("disk of node 3 full", lambda: trial.fill(3), lambda: trial.empty(3), 25.0),
    ]


if __name__ == "__main__":
    sys.exit(main())
