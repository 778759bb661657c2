"""How fast the console's pages answer over many accesses, and how soon an access is on an open page.

.venv/bin/python tests/bench/bench_console_pages.py [accesses] [people] [gates] [rounds]

As many events as accesses, generated straight into the tables, over thirty days and 24 sites; on SQLite,
and on PostgreSQL where it is there. Then each gate sends one access after another through the real ingester,
while a page is open: the time from the batch to its row in the stream.
"""
# ruff: noqa: S608 - the statements are made of our own numbers

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.table import Table

from edge.admin.site_file import SiteFile
from edge.decision import ClockTrust, Subject
from edge.journal.format import START, Entry, link, told
from edge.signing.cose import keys_of
from sync.central.accesses.core.counting import SPANS, AccessFigure
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.devices.devices import enrol_device, put_site
from sync.central.followers import FOLLOWERS
from sync.central.journals.ingester import Ingester
from sync.central.people.subjects import put_subject
from sync.central.store import Store, migrate_store, open_store
from sync.central.tables import chain, device
from sync.central.units import SECOND
from sync.central.web.app import console_app
from sync.central.web.services import Services
from sync.central.web.visit import RequestIdentity
from sync.wire import batch_of, open_message, seal_message

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.edge.web.serving import served
from tests.events import decided
from tests.sync.services import postgresql

SITES = 24
DAYS = 30
NOW = int(datetime(2026, 3, 3, 4, 0, tzinfo=UTC).timestamp()) * SECOND
SINCE = NOW - DAYS * 24 * 3600 * SECOND
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
ROOT = Actor(1, "bench", (RoleGrant(Role.ADMINISTRATOR, None),), Via.SESSION)


def site(number: int) -> str:
    return f"site-{number:02d}"


def gate(number: int) -> str:
    return f"gp-{number:04d}"


def epoch(number: int) -> bytes:
    return number.to_bytes(16)


def fill(store: Store, count: int, subjects: int, gates: int) -> None:
    """The street, its people, and `count` accesses: one in 33 denied, one in 100 by hand."""
    with store.writing() as connection:
        for number in range(SITES):
            put_site(
                connection,
                SiteFile(site(number), city="江城市", district="东湖区", street=f"街 {number // 8}"),
            )
        for number in range(gates):
            enrol_device(connection, gate(number), (site(number % SITES), f"g{number}"), PUBLIC, 1)
        for number in range(subjects):
            put_subject(
                connection,
                site(number % SITES),
                Subject(f"p{number}", f"人{number}", f"{number % 90}-1-{number}"),
                1,
            )
        connection.execute(sa.update(device).values(last_seen=NOW, registry_version=1))
        each = count // gates
        for number in range(gates):
            connection.execute(
                sa.insert(chain).values(
                    device=gate(number),
                    epoch=epoch(number),
                    gate=f"g{number}",
                    prefix=each,
                    hash=START,
                    highest=each,
                )
            )
        for number, name in connection.execute(sa.select(chain.c.number, chain.c.device)).all():
            _of_gate(connection, number, name, each, subjects)
        connection.execute(sa.text("ANALYZE"))


def _of_gate(connection: sa.Connection, number: int, name: str, each: int, subjects: int) -> None:
    """The events, accesses and counts of one gate, made by the database itself."""
    index = int(name.removeprefix("gp-"))
    step = (NOW - SINCE) // each
    series = (
        "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :each)"
        if connection.dialect.name == "sqlite"
        else "WITH s(n) AS (SELECT generate_series(CAST(1 AS bigint), :each))"
    )
    values = {"each": each, "chain": number, "device": name, "site": site(index % SITES), "gate": f"g{index}"}
    values |= {
        "since": SINCE,
        "step": step,
        "subjects": max(1, subjects // SITES),
        "sites": SITES,
        "index": index,
    }
    kind, body = told(decided())
    connection.execute(
        sa.text(
            "INSERT INTO event"
            " (chain, sequence, at, trust, monotonic, kind, body, previous, hash, received_at)"
            f" {series} SELECT :chain, n, :since + n * :step, 'trusted', n, :kind, :body, :hash, :hash,"
            " :since + n * :step + 400000 FROM s"
        ),
        values | {"kind": kind, "body": body, "hash": START},
    )
    connection.execute(
        sa.text(
            "INSERT INTO access (chain, sequence, at, received_at, site, device, gate, direction, outcome,"
            f" reason, rule, subject, means, registry) {series} SELECT :chain, n, :since + n * :step,"
            " :since + n * :step + 400000, :site, :device, :gate, 'entry',"
            " CASE WHEN n % 33 = 0 THEN 'deny' ELSE 'grant' END,"
            " CASE WHEN n % 33 = 0 THEN 'status_red' WHEN n % 100 = 0 THEN 'override'"
            " ELSE 'face_matched' END,"
            " 'gates.main.mode',"
            " CASE WHEN n % 5 = 0 THEN NULL ELSE 'p' || (n % :subjects * :sites + :index % :sites) END,"
            " CASE WHEN n % 100 = 0 THEN 'staff' ELSE 'face' END, 1 FROM s"
        ),
        values,
    )
    for span in SPANS:
        width = span * SECOND
        connection.execute(
            sa.text(
                'INSERT INTO access_count (chain, span, "begin", what, times, late)'
                f" SELECT chain, {span}, at - at % {width},"
                f" CASE WHEN means = 'staff' THEN '{AccessFigure.OVERRIDE}'"
                f" WHEN outcome = 'deny' THEN '{AccessFigure.DENIED}'"
                f" ELSE '{AccessFigure.GRANTED}' END AS what, count(*), 0 FROM access WHERE chain = :chain"
                f" GROUP BY chain, at - at % {width}, what"
            ),
            {"chain": number},
        )


@contextmanager
def founded(kind: str) -> Iterator[Store]:
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        url = f"sqlite:///{folder}/c.sqlite" if kind == "SQLite" else stack.enter_context(postgresql())
        migrate_store(url)
        yield stack.enter_context(closing(open_store(url)))


def timed(ask: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The median and the 95th percentile, in milliseconds; the first answer does not count."""
    ask()
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        ask()
        took.append(time.perf_counter() - begun)
    return percentiles(took)


def percentiles(took: list[float]) -> tuple[float, float]:
    ordered = sorted(took)
    return 1000 * ordered[len(ordered) // 2], 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def pages(gates: int) -> dict[str, str]:
    return {
        "overview": "/overview",
        "one place": "/places/3",
        "wall": "/gates",
        "a gate": f"/gates/{gate(gates // 2)}",
        "a gate, deep in its journal": f"/gates/{gate(0)}?before=100",
        "live": "/live",
        "live, denied, one place": "/live?place=3&outcome=deny",
        "live, a rare reason": "/live?reason=override",
        "findings": "/findings",
        "search": "/search?q=12-1",
        "one access": f"/accesses/{gate(1)}/{epoch(1).hex()}/7",
    }


def answered(client: httpx.Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code in {200, 303}, (address, answer.status_code)


def to_the_page(
    store: Store, services: Services, address: str, gates: int, rounds: int
) -> tuple[float, float]:
    """From a gate's batch at the ingester to its row in an open page's stream."""
    ingester = Ingester(store, KEY, lambda: NOW, followers=FOLLOWERS)
    keys = keys_of([PUBLIC])
    arrived, ready = threading.Semaphore(0), threading.Event()
    seen: list[float] = []

    def listen() -> None:
        with httpx.stream("GET", f"{address}/live/stream", timeout=60, trust_env=False) as answer:
            for line in answer.iter_lines():
                if line == "event: heartbeat":
                    ready.set()
                if line == "event: row":
                    seen.append(time.perf_counter())
                    arrived.release()
                    if len(seen) == rounds:
                        return

    thread = threading.Thread(target=listen)
    thread.start()
    assert ready.wait(60)
    sent = []
    last: dict[int, Entry] = {}
    kind, body = told(decided())
    for turn in range(rounds):
        number = turn % gates
        before = last.get(number)
        sequence, previous = (1, START) if before is None else (before.sequence + 1, before.hash)
        fixed = {"at": NOW, "trust": ClockTrust.TRUSTED, "monotonic": float(turn), "kind": kind, "body": body}
        made = {"epoch": epoch(10_000 + number), "gate": f"g{number}", "sequence": sequence}
        entry = link(**fixed | made | {"previous": previous})  # type: ignore[arg-type]
        last[number] = entry
        message = seal_message(batch_of([entry], entry.sequence - 1), gate(number), KEY)
        sent.append(time.perf_counter())
        assert [*ingester.handle([open_message(message.topic, message.data, keys)], 0.0)]
        services.pulse.notify()
        assert arrived.acquire(timeout=30)
    thread.join()
    return percentiles([came - went for came, went in zip(seen, sent, strict=True)])


def main() -> None:
    words = [int(word) for word in sys.argv[1:]]
    count, subjects, gates, rounds = [*words, *(100_000, 2_000, 200, 20)[len(words) :]]
    for kind in ("SQLite", "PostgreSQL"):
        table = Table(
            "what",
            "p50, ms",
            "p95, ms",
            title=f"{kind}: {count:,} accesses, {subjects:,} people, {gates} gates",
        )
        with founded(kind) as store:
            begun = time.perf_counter()
            fill(store, count, subjects, gates)
            print(f"{kind}: filled in {time.perf_counter() - begun:.0f} s", flush=True)
            services = Services(store, lambda: NOW)
            with served(console_app(services, who=lambda _: RequestIdentity(ROOT))) as address:
                with httpx.Client(base_url=address, trust_env=False, timeout=120) as client:
                    for name, where in pages(gates).items():
                        half, most = timed(lambda where=where: answered(client, where), rounds)  # type: ignore[misc]
                        table.add_row(name, f"{half:,.0f}", f"{most:,.0f}")
                half, most = to_the_page(store, services, address, gates, max(rounds, gates))
                table.add_row(f"access to an open page, {gates} gates", f"{half:,.0f}", f"{most:,.0f}")
                services.pulse.close()
        Console().print(table)


if __name__ == "__main__":
    main()
