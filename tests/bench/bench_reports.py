"""A report over a year of a street, from files and from PostgreSQL: how long, and how much memory it takes.

python -m tests.bench.bench_reports [MILLIONS] [parquet|postgresql] [FOLDER]

24 sites with five gates each, 365 days, seeded; 50 million accesses by default. FOLDER keeps the files for
the next time.
"""

from __future__ import annotations

import io
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from sync.central.devices.devices import enrol_device, put_site
from sync.central.history.core.kinds import LAYOUTS, ColumnType, FileKind, FileState
from sync.central.history.core.names import file_name
from sync.central.history.files import look_at
from sync.central.history.manifest import note_folder
from sync.central.history.parquet import schema_of
from sync.central.history.sums import sum_up
from sync.central.history.tables import history_file, history_sum
from sync.central.reports.core.days import Days
from sync.central.reports.core.report import Asked, Kind
from sync.central.reports.making import draw
from sync.central.reports.sums import SUMMING
from sync.central.store import Store, migrate_store, open_store
from sync.central.tables import chain
from sync.central.units import DAY, HOUR
from tests.keys import ed25519
from tests.sync.services import postgresql

Put = Callable[[Store, dict[str, int]], None]
SITES, GATES, DAYS = 24, 5, 365
FIRST = date(2025, 1, 1)
BEGIN = Days(FIRST, FIRST, ZoneInfo("UTC")).since
SCHEMA = schema_of(LAYOUTS[FileKind.ACCESSES])
WORDS = [name for name, cell in LAYOUTS[FileKind.ACCESSES].columns.items() if cell is ColumnType.WORD]
ASKED = Asked(
    Kind.SINGLE,
    "a street",
    tuple(f"site-{n:02}" for n in range(SITES)),
    "2025-01-01",
    "2025-12-31",
    "Asia/Shanghai",
)
PEOPLE = 2_000
_REASONS = np.array(["face_matched", "code_accepted", "face_unknown", "status_red", "staff_decides"])
_OUTCOMES = np.array(["grant", "grant", "deny", "deny", "refer"])
_MEANS = np.array(["face", "code", "face", "both", "nothing"])


def fill(store: Store) -> dict[str, int]:
    """The street's gates, and the number of each device's chain."""
    key = ed25519("bench").public_key().public_bytes_raw()
    with store.writing() as connection:
        for site in ASKED.sites:
            put_site(connection, SiteFile(site, city="Jiangcheng"))
            for gate in range(GATES):
                name = f"{site}.{gate}"
                enrol_device(connection, name, (site, f"gate {gate}"), key, BEGIN - DAY)
                values = {"device": name, "epoch": name.encode().ljust(16), "gate": "x", "hash": bytes(32)}
                connection.execute(sa.insert(chain).values(**values))
        return {row.device: row.number for row in connection.execute(sa.select(chain))}


def days_of(millions: float, chains: dict[str, int]) -> Iterator[tuple[str, int, pa.Table]]:
    """The accesses of each site and day."""
    rows = max(1, round(millions * 1e6 / SITES / DAYS))
    made = 0
    for number, site in enumerate(ASKED.sites):
        random = np.random.default_rng(number)
        for day in range(DAYS):
            what = random.choice(5, rows, p=[0.7, 0.25, 0.02, 0.01, 0.02])
            gate = random.integers(GATES, size=rows)
            begin = BEGIN + day * DAY
            at = np.sort(begin + random.integers(DAY, size=rows))
            devices = np.array([f"{site}.{each}" for each in range(GATES)])
            by_staff = random.random(rows) < 0.008
            columns = {
                "number": np.arange(made + 1, made + rows + 1),
                "chain": np.array([chains[each] for each in devices])[gate],
                "sequence": np.arange(day * rows + 1, (day + 1) * rows + 1),
                "at": at,
                "received_at": at + random.integers(HOUR // 30, size=rows),
                "site": pa.array([site]).take(pa.array(np.zeros(rows, dtype=np.int64))),
                "device": devices[gate],
                "gate": np.array([f"gate {each}" for each in range(GATES)])[gate],
                "direction": np.array(["entry", "exit"])[gate % 2],
                "outcome": np.where(by_staff, "grant", _OUTCOMES[what]),
                "reason": np.where(by_staff, "staff", _REASONS[what]),
                "rule": pa.array(["usual"]).take(pa.array(np.zeros(rows, dtype=np.int64))),
                "subject": pa.array(
                    np.char.add("p", random.integers(PEOPLE, size=rows).astype(str)), mask=by_staff
                ),
                "means": np.where(by_staff, "staff", _MEANS[what]),
                "registry": np.full(rows, 7),
                "waited": pa.array(
                    np.minimum(random.lognormal(5.6, 0.5, rows), 40_000).astype(np.int64), mask=by_staff
                ),
                "staff": pa.array(
                    np.char.add("s", random.integers(40, size=rows).astype(str)), mask=~by_staff
                ),
                "why": pa.array(np.array(["papers_seen", "delivery"])[gate % 2], mask=~by_staff),
                "inside": random.integers(500, size=rows),
            }
            made += rows
            arrays = [pa.array(columns[field.name]).cast(field.type) for field in SCHEMA]
            yield site, begin, pa.Table.from_arrays(arrays, schema=SCHEMA)


def write_files(store: Store, folder: Path, millions: float, chains: dict[str, int]) -> None:
    """The accesses as the archive writes them; where all files lie there already, they are taken."""
    names = [
        (site, BEGIN + day * DAY, file_name(FileKind.ACCESSES, BEGIN + day * DAY, site, number * DAYS + day))
        for number, site in enumerate(ASKED.sites)
        for day in range(DAYS)
    ]
    if not all((folder / name).exists() for *_, name in names):
        for (_, _, table), (_, _, name) in zip(days_of(millions, chains), names, strict=True):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # As the archive writes them, but for the waiting for the disk.
            pq.write_table(table, path, compression="zstd", use_dictionary=WORDS, write_page_checksum=True)
    rows = []
    for site, day, name in names:
        written, held = look_at(folder / name), pq.read_metadata(folder / name).num_rows
        rows.append(
            {
                "kind": FileKind.ACCESSES.value, "site": site, "day": day, "name": name,
                "state": FileState.KEPT.value, "begun_at": day, "rows": held, "first_at": day,
                "last_at": day + DAY - 1, "size": written.size, "changed": written.changed,
                "digest": written.digest,
            }
        )  # fmt: skip
    with store.writing() as connection:
        note_folder(connection, folder)
        connection.execute(sa.insert(history_file), rows)
    print(f"{len(rows)} files, {sum(row['size'] for row in rows) / 1e6:.0f} MB")


def sum_files(store: Store) -> None:
    """The files' sums, as the loop of history makes them."""
    begun, problems = time.perf_counter(), list[str]()
    made = sum_up(store, SUMMING, SITES * DAYS, problems)
    size = sa.select(
        sa.func.sum(sa.func.length(history_sum.c.counts)), sa.func.sum(sa.func.length(history_sum.c.people))
    )
    with store.reading() as connection:
        counts, people = connection.execute(size).one()
    print(
        f"sums of {made} files in {time.perf_counter() - begun:.0f} s: "
        f"{counts / 1e6:.0f} MB, and {people / 1e6:.0f} MB of people"
    )
    assert problems == []


def copy_rows(store: Store, millions: float, chains: dict[str, int]) -> None:
    """The accesses as rows of PostgreSQL, each site in one COPY."""
    names = ", ".join(SCHEMA.names)
    for number, (_, _, table) in enumerate(days_of(millions, chains)):
        if number % DAYS == 0:
            held: list[pa.Table] = []
        held.append(table)
        if number % DAYS == DAYS - 1:
            data = io.BytesIO()
            pyarrow.csv.write_csv(pa.concat_tables(held), data)
            with store.writing() as connection:
                cursor = connection.connection.cursor()
                with cursor.copy(f"COPY access ({names}) FROM STDIN (FORMAT csv, HEADER)") as copy:
                    copy.write(data.getvalue())
    with store.writing() as connection:
        connection.execute(sa.text("ANALYZE access"))
        size = connection.execute(sa.text("SELECT pg_total_relation_size('access')")).scalar_one()
    print(f"table and indexes {size / 1e6:.0f} MB")


def measure(store: Store, times: int = 3) -> None:
    for _ in range(times):
        begun, used = time.perf_counter(), time.process_time()
        with store.reading() as connection:
            report = draw(connection, ASKED, BEGIN + 400 * DAY).report
        seconds, cpu = time.perf_counter() - begun, time.process_time() - used
        print(f"{report.checks:,} checks: {seconds:.2f} s ({cpu:.2f} s of this process's CPU)", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak {peak:.0f} MB; p99 {report.waited.nearly_all} ms, {len(report.gates)} gates")


def main() -> None:
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 50.0
    where = sys.argv[2] if len(sys.argv) > 2 else "parquet"
    with tempfile.TemporaryDirectory(prefix="bench-reports-") as made:
        folder = Path(sys.argv[3] if len(sys.argv) > 3 else made)
        if where == "postgresql":
            with postgresql() as url:
                _run(url, lambda store, chains: copy_rows(store, millions, chains))
        else:
            url = f"sqlite:///{made}/central.sqlite"
            _run(url, lambda store, chains: write_files(store, folder, millions, chains), sum_files)


def _run(url: str, put: Put, also: Callable[[Store], None] | None = None) -> None:
    migrate_store(url)
    with closing(open_store(url)) as store:
        begun = time.perf_counter()
        put(store, fill(store))
        print(f"made in {time.perf_counter() - begun:.0f} s", flush=True)
        if also is not None:
            also(store)
            measure(store)
            with store.writing() as connection:
                connection.execute(sa.delete(history_sum))
            print("without sums:", flush=True)
        measure(store)


if __name__ == "__main__":
    main()
