"""How long it takes to bring a fleet of simulated gates to a new version, over a real broker.

python tests/bench/bench_fleet_registry.py [--gates 1000] [--people 10000]

One Mosquitto, one centre (its publisher and its link), and gates in processes of 500, whose links wait
together: each a connection, and sync's whole side of registry down. The gate itself is left out: it says at
once that it holds what was staged, since a thousand of them do not fit one computer. Counted from when
signing the version begins.
"""

from __future__ import annotations

import argparse
import logging
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from edge.decision import ClockTrust, WallTime
from edge.registry.format import anchor_of
from edge.registry.status import RegistryStatus, write_status
from edge.signing.cose import keys_of, microseconds
from sync.agent.core.link_stamps import LinkStamps
from sync.agent.core.told_times import ToldTimes
from sync.agent.held_roots import trust_of
from sync.agent.hello import Greeting, HelloHandler
from sync.agent.registry_fetcher import RegistryFetcher
from sync.agent.registry_folders import RegistryFolders
from sync.agent.registry_handler import RegistryHandler
from sync.central.registry.publisher_handler import PublisherHandler
from sync.dispatch.dispatcher import Dispatcher
from sync.dispatch.handler import StatelessHandler
from sync.transport.broker import Broker
from sync.transport.connection import Connection, Host
from sync.transport.core import LinkState
from sync.transport.many import ManyLinks
from sync.wire import SCHEMA, SPEAKS, Channel, Hello, ReceivedMessage, SealedMessage, Welcome, seal_message
from tests.bench.bench_registry_fetcher import CHANGED, NOW, SITE, Centre
from tests.sync.services import Mosquitto

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CENTRAL_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(40, 72)))
IN_A_PROCESS = 500
_LOOKS_EVERY = 0.25
WALL = WallTime(NOW, ClockTrust.TRUSTED)


class Task(msgspec.Struct):
    """What one process of gates is told."""

    folder: str
    port: int
    names: list[str]
    root_keys: list[bytes]
    held: RegistryStatus
    wanted: int


class SimulatedGate:
    """A connection with sync's side of registry down; the gate behind it agrees with everything."""

    def __init__(self, task: Task, name: str, links: ManyLinks) -> None:
        self.name = name
        self._folder = Path(task.folder) / name
        self._inbox = self._folder / "inbox" / "registry.bundle"
        self._held = task.held
        write_status(self._folder / "held", task.held)
        places = RegistryFolders(self._folder / "spool", self._inbox, self._folder / "held")
        down = RegistryFetcher(places, trust_of(SITE, "main", anchor_of(task.root_keys)), lambda: WALL)
        stamps = LinkStamps(lambda: microseconds(datetime.now(UTC)))
        stamps.begin_link()
        greeting = Greeting(name, KEY, "bench", 0, down.held)
        chances = random.Random(name)
        hello = HelloHandler(greeting, stamps, ToldTimes(), chances.random, chances.randbytes)
        self.link = connection(task.port, name, (f"dn/{name}/#",), Host(open_link=links.open_link))
        central = keys_of([CENTRAL_KEY.public_key().public_bytes_raw()])
        self.board = Dispatcher(
            self.link, [hello, RegistryHandler(name, KEY, down)], lambda _, __, ___: central, only=name
        )

    def agree(self, version: int) -> bool:
        """Say that the gate holds `version` once it was staged; whether it was."""
        staged = any(self._inbox.parent.glob("registry.changes"))
        if staged and self._held.version != version:
            self._held = msgspec.structs.replace(self._held, version=version)
            write_status(self._folder / "held", self._held)
        return staged


class Welcomes(StatelessHandler):
    """Welcomes every gate, without a database."""

    channels = frozenset({Channel.HELLO})

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:  # noqa: ARG002
        for item in messages:
            if isinstance(item.message, Hello):
                at = microseconds(datetime.now(UTC))
                yield seal_message(
                    Welcome(item.message.nonce, at, 0, SPEAKS, SCHEMA), item.device, CENTRAL_KEY
                )


def connection(port: int, name: str, filters: tuple[str, ...], host: Host | None = None) -> Connection:
    broker = Broker("127.0.0.1", port, plain=True, keepalive=60, longest_pause=30.0)
    return Connection(broker, name, filters, random.Random(name).random, host=host)


def gates(task: Task) -> None:
    """Turn these gates until each has staged the wanted version; say when, in seconds since 1970."""
    links, looked = ManyLinks(), 0.0
    waiting = {name: SimulatedGate(task, name, links) for name in task.names}
    is_up = False
    while waiting:
        ready = links.wait(0.05)
        if time.monotonic() - looked > _LOOKS_EVERY:  # besides those that have something: those that are due
            looked = time.monotonic()
            ready |= {name for name, gate in waiting.items() if gate.board.next_due() <= looked}
        for name in ready & waiting.keys():
            gate = waiting[name]
            gate.board.poll(0.0)
            if gate.agree(task.wanted):
                print(datetime.now(UTC).timestamp(), flush=True)
                del waiting[name]
        if not is_up and all(gate.link.state is LinkState.READY for gate in waiting.values()):
            is_up = True
            print("up", flush=True)


def serve(centre: Centre, port: int, names: list[str], stop: Event) -> None:
    """Central's side, until it is stopped."""
    part = PublisherHandler(centre.announcer, lambda: dict.fromkeys(names, SITE), CENTRAL_KEY)
    link = connection(port, "central-1", (Channel.HELLO.of_all, Channel.REGISTRY_WANT.of_all))
    devices = keys_of([KEY.public_key().public_bytes_raw()])
    board = Dispatcher(link, [Welcomes(), part], lambda _, __, ___: devices)
    while not stop.is_set():
        board.poll(0.01)
    link.close()


def measured(count: int, people: int, folder: Path) -> None:
    broker = Mosquitto(folder, "allow_anonymous true\nmax_queued_messages 0\n")
    broker.start()
    centre = Centre(folder / "centre", people)
    first = centre.publish(centre.content)
    names = [f"gate-{number:04}" for number in range(count)]
    old = centre.publisher._site(SITE).manifest(first)
    held = RegistryStatus(SITE, "main", first, old.set_sha256.hex(), root_version=1)
    stop = Event()
    central = Thread(target=serve, args=(centre, broker.port, names, stop), daemon=True)
    central.start()
    processes = []
    for start in range(0, count, IN_A_PROCESS):
        mine = names[start : start + IN_A_PROCESS]
        task = Task(str(folder / "gates"), broker.port, mine, list(centre.anchor.keys), held, first + 1)
        command = [sys.executable, __file__, "--task", msgspec.json.encode(task).decode()]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
    time.sleep(5.0)
    content = centre.new_statuses(CHANGED)
    begun = datetime.now(UTC).timestamp()
    centre.publish(content, first)
    published = datetime.now(UTC).timestamp() - begun
    times = sorted(float(line) - begun for process in processes for line in process.communicate()[0].split())
    stop.set()
    central.join()
    broker.kill()
    print(f"{count} gates, {CHANGED} changes of {people} people: signed after {published:.2f} s; ", end="")
    print(f"staged at the first after {times[0]:.2f}, at half after {times[len(times) // 2]:.2f}, ", end="")
    print(f"at all after {times[-1]:.2f} s")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--gates", type=int, default=1_000)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if options.task:
        gates(msgspec.json.decode(options.task, type=Task))
        return 0
    with tempfile.TemporaryDirectory() as name:
        measured(options.gates, options.people, Path(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
