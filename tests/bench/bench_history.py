"""What history costs: bytes a million events, moving them, explaining from files, a report over a year.

    python -m tests.bench.bench_history [--events 100000] [--accesses 50000000] [--postgresql]

`--events` are real decisions in a journal that is stored, moved and explained; `--accesses` a year of a
street of 24 sites as files, made up by seed. With `--postgresql` the same is asked of that server.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import sqlalchemy as sa

from edge.admin.site_admin import SiteFile
from edge.decision import Outcome
from sync.central.devices.devices import enrol_device, put_site
from sync.central.explain.explaining import explain
from sync.central.history.archiving import Archiving
from sync.central.history.core.kinds import LAYOUTS, ColumnType, FileKind, FileState
from sync.central.history.core.names import file_name
from sync.central.history.files import look_at
from sync.central.history.manifest import note_folder
from sync.central.history.parquet import schema_of
from sync.central.history.reading import accesses_between
from sync.central.history.tables import history_file
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store, migrate_store, open_store
from sync.central.units import DAY, SECOND
from tests.events import decided
from tests.sync.central.accesses.examples import journal, sent
from tests.sync.services import postgresql
from tests.sync.wire.examples import AT, DEVICE, EPOCH, KEY

SITES, GATES = 24, 5
YEAR = 365
BEGIN = AT // DAY * DAY
REPORT = """
SELECT site, "at" // 86400000000 AS day, outcome, reason, count(*) AS times, avg(waited) AS waited
FROM access GROUP BY ALL ORDER BY ALL
"""
ON_POSTGRESQL = REPORT.replace("//", "/").replace("ALL ORDER BY ALL", "1, 2, 3, 4 ORDER BY 1, 2, 3, 4")
_WORDS = [name for name, cell in LAYOUTS[FileKind.ACCESSES].columns.items() if cell is ColumnType.WORD]
_BATCH = 100


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--events", type=int, default=100_000)
    arguments.add_argument("--accesses", type=int, default=50_000_000)
    arguments.add_argument("--postgresql", action="store_true")
    chosen = arguments.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-history-")))
        urls = [f"sqlite:///{folder}/central.sqlite"]
        if chosen.postgresql:
            urls.append(stack.enter_context(postgresql()))
        for url in urls:
            if chosen.events:
                moving(url, folder / url.partition(":")[0], chosen.events)
        if chosen.accesses:
            a_year(folder, chosen.accesses, urls[1:])


def moving(url: str, folder: Path, count: int) -> None:
    """Store, measure, move and explain a journal of `count` decisions."""
    with closing(founded(url)) as store:
        entries = journal([(n * 60, decided(Outcome.GRANT, f"p-{n % 5000}")) for n in range(count)])
        for begin in range(0, count, _BATCH):
            sent(store, entries[begin : begin + _BATCH])
        name = url.partition(":")[0]
        for table in ("event", "access"):
            print(
                f"{name}: {table} {stored_bytes(store, table, count) / count * 1e6 / 2**20:.0f} MiB a million"
            )
        now = AT + count * 60 * SECOND + 500 * DAY
        archiving = Archiving(store, folder, dict.fromkeys(FileKind, now - 40 * DAY), now)
        begin_at = time.perf_counter()
        moved = archiving.move_some(1_000_000).moved
        took = time.perf_counter() - begin_at
        for kind in FileKind:
            files = [each for each in moved if each.kind is kind]
            rows, size = sum(each.rows for each in files), sum(each.size for each in files)
            print(f"parquet: {kind} {size / rows * 1e6 / 2**20:.0f} MiB a million in {len(files)} files")
        print(f"{name}: moved {count / took:,.0f} events/s with their accesses")
        waits = []
        for sequence in np.random.default_rng(1).integers(1, count, 200).tolist():
            begin_at = time.perf_counter()
            with store.reading() as connection:
                explain(connection, EVERYWHERE, DEVICE, EPOCH, sequence)
            waits.append(time.perf_counter() - begin_at)
        print(f"{name}: explained from files p50 {np.quantile(waits, 0.5) * 1e3:.0f} ms", end=" ")
        print(f"p95 {np.quantile(waits, 0.95) * 1e3:.0f} ms")


def founded(url: str) -> Store:
    migrate_store(url)
    store = open_store(url)
    with store.writing() as connection:
        for number in range(SITES):
            put_site(connection, SiteFile(f"site-{number:02}"))
        enrol_device(connection, DEVICE, ("site-00", "main"), KEY.public_key().public_bytes_raw(), 1)
    return store


def stored_bytes(store: Store, table: str, count: int) -> int:
    """The bytes of a table with its indexes."""
    with store.reading() as connection:
        if connection.dialect.name == "postgresql":
            parts = f"SELECT inhrelid FROM pg_inherits WHERE inhparent = '{table}'::regclass"  # noqa: S608
            both = f"{parts} UNION SELECT '{table}'::regclass"
            query = f"SELECT sum(pg_total_relation_size(c)) FROM ({both}) AS p(c)"  # noqa: S608
            return int(connection.execute(sa.text(query)).scalar_one())
        names = "SELECT name FROM sqlite_master WHERE tbl_name = :table"
        try:
            query = f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({names})"  # noqa: S608
            return int(connection.execute(sa.text(query), {"table": table}).scalar_one())
        except sa.exc.OperationalError:  # without dbstat: all there is, said as that
            print("(SQLite without dbstat: the whole file)")
            pages = connection.execute(sa.text("PRAGMA page_count")).scalar_one()
            return int(pages) * 4096 if count else 0


def a_year(folder: Path, count: int, servers: list[str]) -> None:
    """A report over a year, from files and from a server."""
    files = folder / "year"
    with closing(founded(f"sqlite:///{folder}/year.sqlite")) as store:
        begin_at = time.perf_counter()
        size = write_year(store, files, count)
        took = time.perf_counter() - begin_at
        print(f"a year: {count:,} accesses, {size / 2**20:,.0f} MiB, made in {took:.0f} s")
        columns = ("site", "at", "outcome", "reason", "waited")
        for _ in range(3):
            with store.reading() as connection:
                took = measured(lambda: report(connection, columns))
            print(f"report over a year from files: {took:.1f} s")
    for url in servers:
        with psycopg.connect(url, autocommit=True) as connection:
            fill(connection, count)
            for _ in range(3):
                took = measured(lambda: connection.execute(ON_POSTGRESQL.encode()).fetchall())
                print(f"the same on PostgreSQL: {took:.1f} s")
            total = connection.execute("SELECT pg_total_relation_size('access')").fetchone()
            assert total is not None
            print(f"which takes {total[0] / 2**20:,.0f} MiB")


def report(connection: sa.Connection, columns: tuple[str, ...]) -> int:
    with accesses_between(connection, EVERYWHERE, 0, 2**62, columns) as accesses:
        assert not accesses.damaged
        return len(accesses.query(REPORT))


def measured(what: Callable[[], object]) -> float:
    begin_at = time.perf_counter()
    what()
    return time.perf_counter() - begin_at


def year(count: int) -> Iterator[tuple[int, str, pa.Table]]:
    """Each day of each site: more people in the morning and the evening, a tenth kept out."""
    random = np.random.default_rng(20)
    rows, number = count // (SITES * YEAR), 0
    outcomes, reasons = (
        np.array(["grant", "deny", "refer"]),
        np.array(["face_matched", "face_unknown", "staff_decides"]),
    )
    schema = schema_of(LAYOUTS[FileKind.ACCESSES])
    for day in range(YEAR):
        for site in range(SITES):
            begin = BEGIN + day * DAY
            peak = random.choice([8.0, 18.0], rows)
            at = begin + (np.clip(random.normal(peak, 2.5), 0, 23.99) * 3600 * SECOND).astype(np.int64)
            at.sort()
            outcome = random.choice(3, rows, p=[0.9, 0.07, 0.03])
            gate = random.integers(0, GATES, rows)
            cells = {
                "number": np.arange(number, number + rows),
                "chain": site * GATES + gate,
                "sequence": np.arange(day * rows, day * rows + rows),
                "at": at,
                "received_at": at + random.integers(0, 3 * SECOND, rows),
                "site": np.full(rows, f"site-{site:02}"),
                "device": np.char.add(f"gp-{site:02}-", gate.astype(str)),
                "gate": np.char.add("gate-", gate.astype(str)),
                "direction": random.choice(["entry", "exit"], rows),
                "outcome": outcomes[outcome],
                "reason": reasons[outcome],
                "rule": np.full(rows, "city.green"),
                "subject": np.char.add("p-", random.integers(0, 6000, rows).astype(str)),
                "means": random.choice(["face", "code"], rows),
                "registry": np.full(rows, 1000 + day),
                "waited": random.integers(150, 900, rows),
            }
            arrays = [
                pa.array(cells[name]).cast(field.type) if name in cells else pa.nulls(rows, field.type)
                for name, field in zip(schema.names, schema, strict=True)
            ]
            number += rows
            yield begin, f"site-{site:02}", pa.Table.from_arrays(arrays, schema=schema)


def write_year(store: Store, folder: Path, count: int) -> int:
    """Write the files of a year, and the list of them; returns how many bytes they take."""
    total, rows = 0, []
    for number, (day, site, table) in enumerate(year(count), start=1):
        name = file_name(FileKind.ACCESSES, day, site, number)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # As `write_file` does, but that it waits for no disk.
        pq.write_table(table, path, compression="zstd", use_dictionary=_WORDS, write_page_checksum=True)
        written = look_at(folder / name)
        total += written.size
        rows.append(
            {
                "kind": FileKind.ACCESSES.value,
                "site": site,
                "day": day,
                "name": name,
                "state": FileState.KEPT.value,
                "begun_at": 0,
                "rows": table.num_rows,
                "first_at": table["at"][0].as_py(),
                "last_at": table["at"][-1].as_py(),
                "size": written.size,
                "changed": written.changed,
                "digest": written.digest,
                "verified_at": 0,
            }
        )
    with store.writing() as connection:
        note_folder(connection, folder)
        connection.execute(sa.insert(history_file), rows)
    return total


def fill(connection: psycopg.Connection, count: int) -> None:
    """The same year in a table of the same columns, with the index by site and time."""
    connection.execute("DROP TABLE IF EXISTS access CASCADE")
    kinds = {"integer": "bigint"}
    layout = LAYOUTS[FileKind.ACCESSES].columns
    columns = ", ".join(f'"{name}" {kinds.get(cell.value, "text")}' for name, cell in layout.items())
    connection.execute(f"CREATE TABLE access ({columns})".encode())
    options = pa_csv.WriteOptions(include_header=False)
    with connection.cursor() as cursor, cursor.copy("COPY access FROM STDIN (FORMAT csv)") as copy:
        for _, _, table in year(count):
            sink = pa.BufferOutputStream()
            pa_csv.write_csv(table, sink, options)
            copy.write(sink.getvalue().to_pybytes())
    connection.execute('CREATE INDEX access_site ON access (site, "at", number)')
    connection.execute("VACUUM ANALYZE access")


if __name__ == "__main__":
    main()
