"""From an event at a gate to its alarm on an open console page; and what ten thousand cues a minute cost.

.venv/bin/python tests/bench/bench_alarms.py page [events] .venv/bin/python tests/bench/bench_alarms.py flood

`page`: a gate's journal, its real sync process's agent, a real Mosquitto, a centre with its loops and its
console; a page listens as a browser does. Each time runs from before the event is appended until the page has
its line. `flood`: a journal in which every second event is a forced barrier, ingested and made an alarm of,
beside the same journal without alarms.
"""

from __future__ import annotations

import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from threading import Event, Thread

import httpx
from rich.console import Console
from rich.table import Table

from edge.admin.site_admin import SiteFile
from edge.decision import ClockTrust, WallTime
from edge.journal.format import START, Entry, GateFaultReported, LaneClosed, LaneForced, told
from edge.journal.format.chain import link
from sync.central.alarms.digesting import digest
from sync.central.alarms.waiting import has_due
from sync.central.configuration import load_configuration
from sync.central.devices.devices import enrol_device, put_site
from sync.central.followers import FOLLOWERS
from sync.central.journals.following import Follower
from sync.central.journals.journals import store_batch
from sync.central.service import run_central
from sync.central.store import Store, migrate_store, open_store
from sync.central.web.app import console_app
from sync.central.web.services import Services
from sync.transport.clock import wall
from sync.wire import batch_of

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.edge.web.serving import served
from tests.sync.central.web.conftest import who
from tests.sync.services import Mosquitto
from tests.sync.world import World

CUES = 10_000
ROUNDS = 5
AT = 1_772_496_000_000_000
WITHOUT = tuple(each for each in FOLLOWERS if type(each).__name__ != "AlarmFollower")


def journal(count: int) -> list[Entry]:
    """A gate's beam breaks again and again."""
    entries: list[Entry] = []
    for sequence in range(1, count + 1):
        kind, body = told(LaneForced() if sequence % 2 else LaneClosed())
        entries.append(
            link(
                epoch=b"e" * 16,
                gate="main",
                sequence=sequence,
                at=AT + sequence * 6000,
                trust=ClockTrust.TRUSTED,
                monotonic=sequence / 100,
                kind=kind,
                body=body,
                previous=entries[-1].hash if entries else START,
            )
        )
    return entries


def founded(folder: str) -> Store:
    url = f"sqlite:///{folder}/c.sqlite"
    migrate_store(url)
    store = open_store(url)
    with store.writing() as connection:
        put_site(connection, SiteFile("site"))
        enrol_device(connection, "gate", ("site", "main"), b"k" * 32, 1)
    return store


def ingested(store: Store, entries: Sequence[Entry], followers: Sequence[Follower]) -> float:
    """Seconds to store a journal in batches of a hundred."""
    begun, place = time.perf_counter(), 0
    while place < len(entries):
        batch = batch_of(entries[place : place + 100], place)
        with store.writing() as connection:
            store_batch(connection, "gate", batch, AT, followers)
        place += len(batch.rows)
    return time.perf_counter() - begun


def digested(store: Store) -> tuple[float, int]:
    """Seconds and rounds to make alarms of what waits."""
    begun, rounds = time.perf_counter(), 0
    while True:
        with store.reading() as connection:
            if not has_due(connection, AT):
                return time.perf_counter() - begun, rounds
        with store.writing() as connection:
            digest(connection, (), AT)
        rounds += 1


def flood(table: Table) -> None:
    entries = journal(2 * CUES)
    rates: dict[str, list[float]] = {"without alarms": [], "with alarms": []}
    made, rounds, peak = 0.0, 0, 0.0
    for _ in range(ROUNDS):
        for name, followers in (("without alarms", WITHOUT), ("with alarms", FOLLOWERS)):
            with TemporaryDirectory() as folder, closing(founded(folder)) as store:
                rates[name].append(len(entries) / ingested(store, entries, followers))
                if name == "with alarms":
                    tracemalloc.start()
                    made, rounds = digested(store)
                    peak = tracemalloc.get_traced_memory()[1] / 1e6
                    tracemalloc.stop()
    table.add_row("without alarms", f"{statistics.median(rates['without alarms']):,.0f}", "", "", "")
    rate = f"{statistics.median(rates['with alarms']):,.0f}"
    table.add_row("with alarms", rate, f"{made * 1000:,.0f}", str(rounds), f"{peak:.1f}")


@contextmanager
def opened(folder: Path) -> Iterator[Callable[[], float]]:  # noqa: C901 - all that there is between
    """A gate, a broker, a centre and a page that listens: each call is an event, and how long to its line."""
    with ExitStack() as stack:
        mosquitto = Mosquitto(folder)
        mosquitto.start()
        stack.callback(mosquitto.kill)
        world = World(folder, f"sqlite:///{folder}/central.sqlite", mosquitto.port)
        store = stack.enter_context(closing(open_store(world.url)))
        services = Services(store, wall)
        app = console_app(services, who=who)
        address = stack.enter_context(served(app))
        stop, lines = Event(), Queue[float]()
        stack.callback(stop.set)
        configuration = load_configuration(world.central_file())
        journal = stack.enter_context(world.journal())
        agent = stack.enter_context(world.agent())

        def centre() -> None:
            run_central(configuration, stop, alarmed=services.pulse.notify)

        def gate() -> None:
            while not stop.is_set():
                agent.poll()

        def page() -> None:
            client = httpx.Client(base_url=address, cookies={"actor": "administrator."}, timeout=None)  # noqa: S113
            with client, client.stream("GET", "/alarms/stream?from=0") as answer:
                for line in answer.iter_lines():
                    if line.startswith("data:") and 'id="alarm-' in line and "<tr" in line:
                        lines.put(time.perf_counter())
                    if stop.is_set():
                        return

        threads = [Thread(target=each, daemon=True) for each in (centre, gate, page)]
        for thread in threads:
            thread.start()
        numbers = count(1)

        def event() -> float:
            what = GateFaultReported("wang", f"part-{next(numbers)}")  # an alarm of its own each time
            begun = time.perf_counter()
            journal.append(what, WallTime(datetime.now(UTC), ClockTrust.TRUSTED))
            return lines.get(timeout=60) - begun

        event()  # until all are linked
        yield event
        stop.set()
        for thread in threads[:2]:
            thread.join()


def page(events: int) -> list[float]:
    """Seconds from event to line; the next comes a little later than the one before was seen."""
    found = []
    with TemporaryDirectory() as folder, opened(Path(folder)) as event:
        for number in range(events):
            time.sleep(0.1 + number % 7 / 5)
            found.append(event())
    return found


def shown(measured: Callable[[], list[float]]) -> None:
    times = sorted(measured())
    p95 = times[min(len(times) - 1, round(0.95 * len(times)))]
    table = Table(
        "events", "p50 (s)", "p95 (s)", "longest (s)", title="event at a gate → line on an open page"
    )
    table.add_row(str(len(times)), f"{statistics.median(times):.2f}", f"{p95:.2f}", f"{times[-1]:.2f}")
    Console().print(table)


def main() -> None:
    what = sys.argv[1] if len(sys.argv) > 1 else "flood"
    if what == "page":
        shown(lambda: page(int(sys.argv[2]) if len(sys.argv) > 2 else 50))
        return
    title = f"{CUES} cues of one beam among {2 * CUES} events, SQLite"
    table = Table("", "events a second", "alarms made (ms)", "rounds", "peak (MB)", title=title)
    flood(table)
    Console().print(table)


if __name__ == "__main__":
    main()
