"""What each store takes, in one run: SQLite, PostgreSQL, PostgreSQL with a standby that is waited for.

.venv/bin/python tests/bench/bench_store.py [events per gate]

Journals as gates write them, verified, stored and acknowledged by 1, 2 and 4 ingesters; everything is written
to the disk before it is acknowledged. A turn is what a busy ingester finds in its socket: 8 batches of 100.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.argv = [*sys.argv, "as-written"]

from edge.admin.site_admin import SiteFile  # noqa: E402 - the path is set above
from edge.signing.cose import keys_of  # noqa: E402
from sync.central.confirming import LOOKS_EVERY  # noqa: E402
from sync.central.devices.devices import enrol_device, put_site  # noqa: E402
from sync.central.followers import FOLLOWERS  # noqa: E402
from sync.central.history.partitions import make_partitions  # noqa: E402
from sync.central.journals.ingester import Ingester  # noqa: E402
from sync.central.store import migrate_store, open_store  # noqa: E402
from sync.transport.clock import wall  # noqa: E402
from sync.wire import SealedMessage, open_message  # noqa: E402
from tests.bench.bench_sync import GATES, KEY, TOGETHER, batches, device  # noqa: E402
from tests.cluster.postgres import Server, primary_and_standby, url_of  # noqa: E402

KINDS = ("SQLite", "PostgreSQL", "PostgreSQL, standby")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Took:
    """What one ingester took: seconds in all, of a processor, and of each turn."""

    all: float
    processor: float
    turns: list[float]


def ingest(url: str, messages: list[SealedMessage], done: Queue[Took]) -> None:
    store = open_store(url)
    keys = keys_of([KEY.public_key().public_bytes_raw()])
    ingester = Ingester(store, KEY, wall, followers=FOLLOWERS)
    turns = []
    begun, used = time.perf_counter(), time.process_time()
    for place in range(0, len(messages), TOGETHER):
        before = time.perf_counter()
        believed = [open_message(each.topic, each.data, keys) for each in messages[place : place + TOGETHER]]
        answers = [*ingester.handle(believed, 0.0)]
        while not answers:  # the standby takes long, and what was stored is said later
            time.sleep(LOOKS_EVERY)
            answers = [*ingester.due_messages(0.0)]
        turns.append(time.perf_counter() - before)
    done.put(Took(time.perf_counter() - begun, time.process_time() - used, turns))
    store.close()


@contextmanager
def founded(kind: str) -> Iterator[tuple[str, list[Server]]]:
    """The URL of a database with the gates in it, and the servers that it lies on."""
    with ExitStack() as stack:
        servers: list[Server] = []
        if kind == "SQLite":
            url = f"sqlite:///{stack.enter_context(TemporaryDirectory())}/c.sqlite"
        else:
            servers = [*stack.enter_context(primary_and_standby(hasty=False))]
            if kind == "PostgreSQL":
                servers[0].wait_for_standbys("")
                servers.pop().stop()
            url = url_of(*servers)
        migrate_store(url)
        store = open_store(url)
        make_partitions(store, wall())
        with store.writing() as connection:
            put_site(connection, SiteFile("site"))
            for number in range(GATES):
                public = KEY.public_key().public_bytes_raw()
                enrol_device(connection, device(number), ("site", "main"), public, 1)
        store.close()
        yield url, servers


def size_of(url: str) -> int:
    """Bytes of the database, without its log."""
    store = open_store(url)
    with store.reading() as connection:
        if connection.dialect.name == "sqlite":
            question = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        else:
            question = "SELECT pg_database_size(current_database())"
        size: int = connection.execute(sa.text(question)).scalar_one()
    store.close()
    return size


def processor_of(servers: list[Server]) -> float:
    """Seconds of a processor that the servers and what they started have taken, those that ended included."""
    total = 0
    for pid in (pid for server in servers for pid in server.processes()):
        with suppress(FileNotFoundError):  # it has just ended, and its parent has its seconds
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / _TICKS


def measured(kind: str, ingesters: int, each: int) -> list[str]:
    gates = [list(batches(number, each)) for number in range(GATES)]
    turns = [message for turn in zip(*gates, strict=True) for message in turn]
    events = GATES * each
    with founded(kind) as (url, servers):
        before, used = size_of(url), processor_of(servers)
        context = multiprocessing.get_context("fork")
        done: Queue[Took] = context.Queue()  # type: ignore[assignment]
        workers = [
            context.Process(target=ingest, args=(url, turns[number::ingesters], done))
            for number in range(ingesters)
        ]
        for worker in workers:
            worker.start()
        took = [done.get() for _ in workers]
        for worker in workers:
            worker.join()
        processor = sum(each.processor for each in took) + processor_of(servers) - used
        size = size_of(url) - before
    all_turns = sorted(turn for each in took for turn in each.turns)
    return [
        kind,
        str(ingesters),
        f"{events / max(each.all for each in took):,.0f}",
        f"{all_turns[len(all_turns) // 2] * 1000:,.0f}",
        f"{all_turns[min(len(all_turns) - 1, len(all_turns) * 99 // 100)] * 1000:,.0f}",
        f"{processor / events * 1000:.2f}",
        f"{size / events:,.0f}",
    ]


def main() -> None:
    each = int(sys.argv[1]) if sys.argv[1].isdecimal() else 1000
    columns = (
        "store",
        "ingesters",
        "events/s",
        "turn p50, ms",
        "p99, ms",
        "CPU s per 1,000",
        "bytes an event",
    )
    table = Table(*columns, title=f"{GATES} gates, {each} events each")
    for kind in KINDS:
        for ingesters in (1, 2, 4):
            table.add_row(*measured(kind, ingesters, each))
    Console().print(table)
    print("load of the machine at the end:", *(f"{load:.1f}" for load in os.getloadavg()))


if __name__ == "__main__":
    main()
