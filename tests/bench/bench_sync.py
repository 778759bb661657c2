"""What one centre takes: events a second through one and four ingesters.

.venv/bin/python tests/bench/bench_sync.py [events per gate] [as-written]

Without the second word a journal is nothing but decisions; with it each is followed by an opening, a passage
and a closing, as a gate writes them.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.table import Table

from edge.admin.site_admin import SiteFile
from edge.decision import ClockTrust, Direction
from edge.journal.format import START, Entry, LaneClosed, LaneOpened, LanePassed, told
from edge.journal.format.chain import link
from edge.signing.cose import encode_value
from sync.central.devices.devices import enrol_device, put_site
from sync.central.followers import FOLLOWERS
from sync.central.journals.ingester import Ingester
from sync.central.store import migrate_store, open_store
from sync.wire import (
    ReceivedMessage,
    SealedMessage,
    batch_of,
    open_message,
    seal_message,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.sync.services import postgresql

GATES = 16
TOGETHER = 8
"""Batches of one turn, as a busy ingester finds them in its socket."""

KEY = Ed25519PrivateKey.generate()
BODY = encode_value(
    {
        "decision": {
            "outcome": "grant",
            "reason": "face_matched",
            "rule": "residents",
            "subject_id": "li-na",
        },
        "direction": "entry",
        "evidence": {"face": {"finding": "matched", "subject_id": "li-na", "score": 0.71, "liveness": 0.97}},
        "input": "camera",
        "mode": "face_or_code",
        "registry": 118,
    }
)

DECISION = ("access_decided", BODY)
AS_WRITTEN = (
    DECISION,
    told(LaneOpened("grant", "1")),
    told(LanePassed(Direction.ENTRY, "counted", "grant", "1")),
    told(LaneClosed()),
)
KINDS = AS_WRITTEN if "as-written" in sys.argv else (DECISION,)


def device(number: int) -> str:
    return f"gate-{number:04d}"


def journal(number: int, count: int) -> list[Entry]:
    entries: list[Entry] = []
    for sequence in range(1, count + 1):
        previous = entries[-1].hash if entries else START
        kind, body = KINDS[sequence % len(KINDS)]
        fixed = {"gate": "main", "trust": ClockTrust.TRUSTED, "kind": kind, "body": body}
        entry = link(
            epoch=number.to_bytes(16),
            sequence=sequence,
            at=1_772_496_000_000_000 + sequence * 20_000_000,
            monotonic=sequence * 20.0,
            previous=previous,
            **fixed,  # type: ignore[arg-type]
        )
        entries.append(entry)
    return entries


def batches(number: int, count: int) -> Iterator[SealedMessage]:
    entries = journal(number, count)
    place = 0
    while place < count:
        batch = batch_of(entries[place : place + 100], place)
        place += len(batch.rows)
        yield seal_message(batch, device(number), KEY)


def ingest(url: str, messages: list[SealedMessage], done: Queue[float]) -> None:
    """One ingester's work: verify, store in one transaction, sign the answers."""
    from edge.signing.cose import keys_of

    store = open_store(url)
    keys = keys_of([KEY.public_key().public_bytes_raw()])
    ingester = Ingester(store, KEY, lambda: 1, followers=FOLLOWERS)
    begun = time.perf_counter()
    for place in range(0, len(messages), TOGETHER):
        believed: list[ReceivedMessage] = [
            open_message(item.topic, item.data, keys) for item in messages[place : place + TOGETHER]
        ]
        answers = list(ingester.handle(believed, 0.0))
        assert answers
    done.put(time.perf_counter() - begun)
    store.close()


@contextmanager
def founded(kind: str) -> Iterator[str]:
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        url = f"sqlite:///{folder}/c.sqlite" if kind == "SQLite" else stack.enter_context(postgresql())
        migrate_store(url)
        store = open_store(url)
        with store.writing() as connection:
            put_site(connection, SiteFile("site"))
            for number in range(GATES):
                public = KEY.public_key().public_bytes_raw()
                enrol_device(connection, device(number), ("site", "main"), public, 1)
        store.close()
        yield url


def throughput(kind: str, ingesters: int, each: int) -> float:
    """Events a second; the gates' batches come in turns, as from a broker, shared out between ingesters."""
    gates = [list(batches(number, each)) for number in range(GATES)]
    turns = [message for turn in zip(*gates, strict=True) for message in turn]
    with founded(kind) as url:
        context = multiprocessing.get_context("fork")
        done: Queue[float] = context.Queue()  # type: ignore[assignment]
        workers = [
            context.Process(target=ingest, args=(url, turns[number::ingesters], done))
            for number in range(ingesters)
        ]
        for worker in workers:
            worker.start()
        took = max(done.get() for _ in workers)
        for worker in workers:
            worker.join()
    return GATES * each / took


def main() -> None:
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    title = "journal in, as gates write it" if "as-written" in sys.argv else "journal in, all decisions"
    table = Table("store", "ingesters", "events", "events a second", title=title)
    for kind in ("SQLite", "PostgreSQL"):
        for ingesters in (1, 4):
            rate = throughput(kind, ingesters, each)
            table.add_row(kind, str(ingesters), str(GATES * each), f"{rate:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
