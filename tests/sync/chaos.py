"""The kill test: gates, sync, broker and ingesters killed at random under load, the network cut between.

    python -m tests.sync.chaos --seconds 300 [--seed N] [--postgresql]

In the end every event that a gate was told is stored is at central exactly once, or still in its journal; and
every chain holds. It rages twice: between the two the weather is fair until every gate has pruned, so that
what is struck is sync that has come up and journals that have been cut off, however slow the machine is.
`make chaos SECONDS=300` runs it; a short run, counted in blows, is a test.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import JournalError
from edge.journal.format import Entry, breaks
from edge.journal.reader import JournalReader
from tests.forked import forked, gatepost, wait
from tests.sync.proxy import Proxy, Weather
from tests.sync.services import Mosquitto, postgresql
from tests.sync.world import World
from tests.sync.writing_child import write
from tests.waiting import soon

_ENDED = {0, -signal.SIGTERM}
"""In order; or, where it had just been started again, before it heard of signals."""
EVENTS_A_SECOND = 20.0
_DRAINED_WITHIN = 120.0
_PRUNED_WITHIN = 120.0
_STOPS_WITHIN = 60.0

RageOn = Callable[[float, int], bool]
"""Seconds and blows since a rage began → whether it goes on."""


def for_blows(number: int) -> RageOn:
    return lambda _, blows: blows < number


def for_seconds(seconds: float) -> RageOn:
    return lambda elapsed, _: elapsed < seconds


@dataclass
class Process:
    """One of ours, in a process of its own; killed and started again at will."""

    name: str
    started: Callable[[Path, Path], ForkServerProcess]
    folder: Path
    running: ForkServerProcess | None = None
    kills: int = 0

    @property
    def output(self) -> Path:
        return self.folder / f"{self.name}.out"

    def start(self) -> None:
        self.running = self.started(self.output, self.folder / f"{self.name}.log")

    def kill(self) -> None:
        assert self.running is not None
        self.running.kill()
        self.running.join()
        self.kills += 1

    def stop(self) -> int:
        """SIGTERM, as systemd does; the exit code."""
        assert self.running is not None
        self.running.terminate()
        return wait(self.running, _STOPS_WITHIN)


@dataclass
class Result:
    """What was found in the end."""

    told: int
    at_central: int
    lost: list[str] = field(default_factory=list)
    twice: int = 0
    pruned: int = 0
    breaks: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    exits: dict[str, int] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        wrong = (
            self.lost
            or self.twice
            or self.breaks
            or self.findings
            or any(code not in _ENDED for code in self.exits.values())
        )
        return not wrong and self.told > 0 and self.at_central >= self.told


@dataclass(frozen=True)
class Cast:
    """Of how many there are processes that may be killed."""

    gates: int = 3
    ingesters: int = 2


def run(folder: Path, url: str, rage_on: RageOn, seed: int, cast: Cast = Cast()) -> Result:
    """Let it rage, let every gate prune, let it rage again; then let it come to rest and count."""
    chance = random.Random(seed)
    with ExitStack() as stack:
        broker = Mosquitto(folder)
        broker.start()
        stack.callback(broker.kill)
        network = stack.enter_context(Proxy(broker.port))
        world = World(folder, url, network.port)
        devices = [f"gate-{number}" for number in range(cast.gates)]
        processes: list[Process] = []
        for number, device in enumerate(devices):
            world.enrol(device, Ed25519PrivateKey.from_private_bytes(bytes([number + 1] * 32)))
            processes.append(_writer(world, device))
            processes.append(_gatepost("sync", f"sync-{device}", world.sync_file(device), folder))
        for number in range(1, cast.ingesters + 1):
            file = world.central_file(f"central-{number}", port=broker.port)
            processes.append(_gatepost("central", f"ingester-{number}", file, folder, "--only", "ingester"))
        for process in processes:
            process.start()
            stack.callback(process.kill)

        kills: Counter[str] = Counter()

        def rage() -> None:
            since, blows = time.monotonic(), 0
            while rage_on(time.monotonic() - since, blows):
                time.sleep(chance.uniform(0.3, 1.2))
                kills[_strike(chance, broker, network, processes)] += 1
                blows += 1

        rage()
        network.weather = Weather.FAIR
        soon(lambda: all(_pruned(world, device) for device in devices), within=_PRUNED_WITHIN)
        rage()
        network.weather = Weather.FAIR
        writers = [process for process in processes if process.name.startswith("writer")]
        for process in writers:
            process.kill()
        told = [_told(process) for process in writers]
        for device in devices:  # the gates are up again, and write no more
            stack.enter_context(world.served(device))
        _come_to_rest(world, told)
        exits = {p.name: p.stop() for p in processes if p not in writers}
        result = _counted(world, devices, told)
        result.kills, result.exits = kills, exits
        return result


def _writer(world: World, device: str) -> Process:
    acknowledged, central_pub = world.folder / f"{device}-acknowledged", world.folder / "central.pub"
    told_what = (world.journal_path(device), EVENTS_A_SECOND, acknowledged, device, central_pub)
    return Process(
        f"writer-{device}", lambda out, log: forked(write, *told_what, out=out, log=log), world.folder
    )


def _gatepost(group: str, name: str, file: Path, folder: Path, *words: str) -> Process:
    line: tuple[str | Path, ...] = (group, "run", "--config", file, *words)
    return Process(name, lambda out, log: gatepost(line, out, log), folder)


def _strike(chance: random.Random, broker: Mosquitto, network: Proxy, processes: list[Process]) -> str:
    """One blow; what was hit."""
    what = chance.choice(["broker", "network", "weather", "process", "process", "process"])
    if what == "broker":
        broker.kill()
        time.sleep(chance.uniform(0.0, 0.5))
        broker.start()
    elif what == "network":
        network.cut()
    elif what == "weather":
        network.weather = chance.choice([*Weather, Weather.FAIR, Weather.FAIR, Weather.FAIR])
        return network.weather.value
    else:
        process = chance.choice(processes)
        process.kill()
        process.start()
        return process.name.partition("-")[0]
    return what


def _told(writer: Process) -> list[tuple[str, int, str]]:
    """What the writer said is stored, whole lines only: it was killed while it spoke."""
    lines = writer.output.read_bytes().decode().split("\n")[:-1]
    parts = [line.split() for line in lines if not line.startswith("refused")]
    return [(epoch, int(sequence), digest) for epoch, sequence, digest in parts]


def _entries(world: World, device: str) -> list[Entry]:
    with closing(JournalReader(world.journal_path(device))) as reader:
        return list(reader.every())


def _pruned(world: World, device: str) -> int:
    """How many events of this gate's journal have been cut off; none while it has no journal yet."""
    try:
        with closing(JournalReader(world.journal_path(device))) as reader:
            return sum(place.sequence for place in reader.pruned().values())
    except JournalError:
        return 0


def _come_to_rest(world: World, told: list[list[tuple[str, int, str]]]) -> None:
    wanted = sum(map(len, told))
    soon(lambda: world.count() >= wanted, within=_DRAINED_WITHIN)


def _counted(world: World, devices: list[str], told: list[list[tuple[str, int, str]]]) -> Result:
    result = Result(sum(map(len, told)), 0)
    for device, said in zip(devices, told, strict=True):
        central = world.stored(device)
        here = {_key(entry) for entry in _entries(world, device)}
        there = Counter(_key(entry) for entry in central)
        result.at_central += len(central)
        result.lost += [f"{device} {item}" for item in said if item not in there and item not in here]
        result.twice += sum(count - 1 for count in there.values())
        result.breaks += [f"{device} {item}" for item in breaks(central, from_start=True)]
        with closing(JournalReader(world.journal_path(device))) as reader:
            result.breaks += [f"{device}, its journal: {item}" for item in reader.verify()]
        result.pruned += _pruned(world, device)
    result.findings = [str(item) for item in world.findings()]
    return result


def _key(entry: Entry) -> tuple[str, int, str]:
    return entry.epoch.hex(), entry.sequence, entry.hash.hex()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60.0, help="how long it rages in all")
    arguments.add_argument("--seed", type=int, default=None)
    arguments.add_argument("--postgresql", action="store_true")
    chosen = arguments.parse_args()
    seed = random.SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    print(f"seed {seed}, {chosen.seconds:g} s")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="gatepost-chaos-")))
        url = f"sqlite:///{folder}/central.sqlite"
        if chosen.postgresql:
            url = stack.enter_context(postgresql())
        result = run(folder, url, for_seconds(chosen.seconds / 2), seed)
    blows = ", ".join(f"{name} {count}" for name, count in sorted(result.kills.items()))
    print(f"blows: {blows}")
    print(f"events told as stored: {result.told}, at central: {result.at_central}, twice: {result.twice}")
    print(f"pruned at the gates: {result.pruned}")
    for what in ("lost", "breaks", "findings"):
        found = getattr(result, what)
        print(f"{what}: {len(found)}{' ' + str(found[:5]) if found else ''}")
    sys.exit(0 if result.good else 1)


if __name__ == "__main__":
    main()
