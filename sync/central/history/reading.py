"""Reads the accesses of a stretch of time, from the database and from files alike.

    with accesses_between(connection, sight, since, until) as accesses:
        accesses.query("SELECT site, outcome, count(*) FROM access GROUP BY ALL ORDER BY ALL")

gives the same before and after the accesses moved. (`at` is a word of SQL's here: it is written "at".)
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from edge.support.phrases import Said, phrase
from sync.central.history.core import LAYOUTS, FileKind, FileState
from sync.central.history.duck import in_words, opened_engine
from sync.central.history.files import HistoryError, what_is_wrong
from sync.central.history.forgotten import Forgotten, still_to_erase
from sync.central.history.manifest import KeptFile, files_where, the_folder
from sync.central.history.parquet import schema_of
from sync.central.history.tables import history_file
from sync.central.places.sight import Sight
from sync.central.store import StoreError
from sync.central.tables import site

COLUMNS = LAYOUTS[FileKind.ACCESSES].names
"""What an access has, as the database's table."""
_AT_ONCE = 20_000
_ALL = 'SELECT * FROM access ORDER BY "at", number'
_TRIES = 5


@dataclass(frozen=True)
class Damage:
    """A file that is not what was written: what rests on it lacks the accesses of that day and site."""

    name: str
    site: str
    day: int
    rows: int
    what: Said


class Accesses:
    """The accesses of a stretch of time. Make them with `accesses_between`."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, damaged: Sequence[Damage]) -> None:
        self._engine = engine
        self.damaged = tuple(damaged)
        """What of them cannot be read; whoever shows a figure says so."""

    def check(self) -> None:
        """Raises HistoryError where any of them cannot be read: of a figure that rests on all of them."""
        for each in self.damaged:
            raise HistoryError(
                phrase(
                    "%(what)s: %(rows)s accesses of %(site)s are in it",
                    what=each.what,
                    rows=each.rows,
                    site=each.site,
                ),
                where=each.name,
                remedy=phrase("restore it from a backup"),
            )

    def query(self, sql: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """The rows that a SELECT over `access` gives; `$name` in it stands for a value."""
        rows: list[tuple[Any, ...]] = self._asked(sql, values, lambda found: found.fetchall())
        return rows

    def table(self, sql: str, values: Mapping[str, object] | None = None) -> pa.Table:
        """The same as a table of Arrow."""
        return self._asked(sql, values, lambda found: found.to_arrow_table())

    def batches(self, rows: int = _AT_ONCE) -> Iterator[pa.RecordBatch]:
        """All of them, by the gates' time, at most so many `rows` at a time."""
        reader = self._asked(_ALL, None, lambda found: found.to_arrow_reader(rows))
        while (batch := self._read(reader)) is not None:
            yield batch

    def _asked(
        self, sql: str, values: Mapping[str, object] | None, take: Callable[[duckdb.DuckDBPyRelation], Any]
    ) -> Any:
        with in_words():
            return take(self._engine.sql(sql, params=dict(values or {})))

    def _read(self, reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
        with in_words():
            try:
                return reader.read_next_batch()
            except StopIteration:
                return None


@contextmanager
def accesses_between(
    connection: sa.Connection,
    sight: Sight,
    since: int,
    until: int,
    columns: Sequence[str] = COLUMNS,
    *,
    database: bool = True,
    among: Container[int] | None = None,
) -> Iterator[Accesses]:
    """The accesses at the sites in sight with `since` <= at < `until` by the gates' clocks; only `columns` of
    them are read. A file that is not what was written is left out, and named. Raises GatepostError.

    Without `database` they are those in files alone: who counts what the database has by itself asks before
    and after by `files_between` whether any moved meanwhile. Of the files only those `among` these numbers
    are read (None: all); every one is looked at.
    """
    wanted = _wanted(connection, sight, since, until)
    for _ in range(_TRIES):
        files = files_where(connection, *wanted)
        folder = the_folder(connection) if files else None
        with opened_engine(folder) as engine:
            _load(engine, connection, sight, since, until if database else since, columns)
            # What moved meanwhile would be in neither, or in both.
            if files_where(connection, *wanted) != files:
                continue
            whole, damaged = ([], []) if folder is None else _looked_at(folder, files)
            _forget(engine, still_to_erase(connection))
            read = [file for file in whole if among is None or file.number in among]
            _show(engine, folder, read, since, until, columns)
            yield Accesses(engine, damaged)
            return
    raise StoreError(phrase("accesses are being moved into files"), remedy=phrase("ask again in a minute"))


def files_between(connection: sa.Connection, sight: Sight, since: int, until: int) -> list[KeptFile]:
    """The files that have accesses of a stretch of time."""
    return files_where(connection, *_wanted(connection, sight, since, until))


# --- inside --------------------------------------------------------------------------------


def _wanted(connection: sa.Connection, sight: Sight, since: int, until: int) -> list[sa.ColumnElement[bool]]:
    sites = [*connection.execute(sa.select(site.c.id).where(sight.of(site.c.id))).scalars()]
    of = history_file.c
    return [
        of.kind == FileKind.ACCESSES.value,
        of.state == FileState.KEPT.value,
        of.first_at < until,
        of.last_at >= since,
        of.site.in_(sites),
    ]


_table = sa.table(LAYOUTS[FileKind.ACCESSES].table, *map(sa.column, COLUMNS))


def _looked_at(folder: Path, files: Sequence[KeptFile]) -> tuple[list[KeptFile], list[Damage]]:
    whole, damaged = [], []
    for file in files:
        wrong = what_is_wrong(folder, file.name, file.written, thorough=False)
        if wrong:
            damaged.append(Damage(file.name, file.site, file.day, file.rows, wrong))
        else:
            whole.append(file)
    return whole, damaged


def _load(
    engine: duckdb.DuckDBPyConnection,
    connection: sa.Connection,
    sight: Sight,
    since: int,
    until: int,
    columns: Sequence[str],
) -> None:
    """Copy what the database has into the engine, a part at a time."""
    schema = pa.schema([schema_of(LAYOUTS[FileKind.ACCESSES]).field(name) for name in columns])
    empty = schema.empty_table()
    engine.register("part", empty)
    engine.execute("CREATE TEMP TABLE in_database AS SELECT * FROM part")
    query = (
        sa.select(*(_table.c[name] for name in columns))
        .where(_table.c.at >= since, _table.c.at < until, sight.of(_table.c.site))
        .execution_options(yield_per=_AT_ONCE)
    )
    for part in connection.execute(query).partitions():
        arrays = [
            pa.array(cells, kind) for cells, kind in zip(zip(*part, strict=True), schema.types, strict=True)
        ]
        engine.register("part", pa.Table.from_arrays(arrays, schema=schema))
        engine.execute("INSERT INTO in_database SELECT * FROM part")
    engine.unregister("part")


_FORGETTING = """CASE WHEN NOT EXISTS (
    SELECT 1 FROM forgotten WHERE forgotten.site = in_files.site AND forgotten.subject = in_files.subject
    AND in_files."at" <= forgotten.until
) THEN subject END AS subject"""


def _forget(engine: duckdb.DuckDBPyConnection, forgotten: Sequence[Forgotten]) -> None:
    """Note whom no file names any more, although it was written before they were erased."""
    engine.execute("CREATE TEMP TABLE forgotten (site VARCHAR, subject VARCHAR, until BIGINT)")
    for each in forgotten:
        engine.execute("INSERT INTO forgotten VALUES (?, ?, ?)", [each.site, each.subject, each.until])


def _show(
    engine: duckdb.DuckDBPyConnection,
    folder: Path | None,
    files: Sequence[KeptFile],
    since: int,
    until: int,
    columns: Sequence[str],
) -> None:
    """Let `access` be what the database and the files have."""
    named = ", ".join(f'"{name}"' for name in columns)
    sql = f"SELECT {named} FROM in_database"  # noqa: S608 - names of our own columns
    if folder is not None and files:
        with in_words():
            paths = engine.from_parquet([str(folder / file.name) for file in files])
            paths.create_view("in_files")
        named = ", ".join(_FORGETTING if name == "subject" else f'"{name}"' for name in columns)
        within = f'"at" >= {since:d} AND "at" < {until:d}'
        sql += f" UNION ALL SELECT {named} FROM in_files WHERE {within}"  # noqa: S608 - as above
    engine.execute(f"CREATE TEMP VIEW access AS {sql}")
