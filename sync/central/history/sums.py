"""What the accesses in a file come to, kept beside it: made once of the file's own rows, and gone with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.history.core import FileKind, FileState
from sync.central.history.duck import opened_engine
from sync.central.history.files import HistoryError, what_is_wrong
from sync.central.history.forgotten import still_to_erase
from sync.central.history.manifest import KeptFile, files_where, folder_of
from sync.central.history.parquet import read_table
from sync.central.history.reading import Accesses
from sync.central.history.tables import history_file, history_sum
from sync.central.store import Store, insert_or_update
from sync.central.tables import site


@dataclass(frozen=True)
class Sums:
    """What a file's accesses come to, by the days of a clock that is `ahead` of UTC by so many microseconds.
    What `counts` and `people` say is known to who made them; `people` is what names somebody.
    """

    ahead: int
    counts: bytes
    people: bytes


@dataclass(frozen=True)
class Summing:
    """Makes the sums of a file, at a site in a zone. Sums of another `form` are made again."""

    form: int
    sums_of: Callable[[Accesses, KeptFile, str], Sums]


def sum_up(store: Store, summing: Summing, most: int, problems: list[str]) -> int:
    """Make the sums of at most so many files that have none; returns how many were made. A file that is not
    what was written gets none, and is said.
    """
    with store.reading() as connection:
        folder = folder_of(connection)
        files = _without_sums(connection, summing.form, most)
        zones = {row.id: row.time_zone for row in connection.execute(sa.select(site.c.id, site.c.time_zone))}
    made = 0
    if folder is None or not files:
        return made
    with opened_engine(None) as engine:
        for file in files:
            try:
                sums = _made(engine, folder, file, summing, zones[file.site])
            except HistoryError as error:
                problems.append(str(error))
                continue
            made += _keep(store, file, summing.form, sums)
    return made


def summed(connection: sa.Connection, files: Sequence[KeptFile], form: int) -> dict[int, int]:
    """The numbers of those of `files` whose sums count, each with how far ahead of UTC its days are. Sums
    that name somebody who is to be forgotten count no more.
    """
    of, forgotten = history_sum.c, still_to_erase(connection)
    query = sa.select(of.file, of.digest, of.ahead).where(of.form == form)
    known = {number: (digest, ahead) for number, digest, ahead in connection.execute(query)}
    return {
        file.number: known[file.number][1]
        for file in files
        if file.number in known
        and known[file.number][0] == file.written.digest
        and not any(each.site == file.site and file.first_at <= each.until for each in forgotten)
    }


def sums_between(connection: sa.Connection, since: int, until: int) -> Iterator[tuple[int, str, Sums]]:
    """The sums of the files that have nothing but accesses of a stretch of time, each with the number of its
    file and its site; by site.
    """
    of = history_sum.c
    query = (
        sa.select(of.file, history_file.c.site, of.ahead, of.counts, of.people)
        .join(history_file, history_file.c.number == of.file)
        .where(history_file.c.first_at >= since, history_file.c.last_at < until)
        .order_by(history_file.c.site, of.file)
        .execution_options(yield_per=_AT_ONCE)
    )
    for number, name, ahead, counts, people in connection.execute(query):
        yield number, name, Sums(ahead, counts, people)


# --- inside --------------------------------------------------------------------------------

_AT_ONCE = 100


def _without_sums(connection: sa.Connection, form: int, most: int) -> list[KeptFile]:
    of = history_file.c
    has = sa.select(history_sum.c.file).where(
        history_sum.c.file == of.number, history_sum.c.form == form, history_sum.c.digest == of.digest
    )
    lacking = (
        sa.select(of.number)
        .where(
            of.kind == FileKind.ACCESSES.value,
            of.state == FileState.KEPT.value,
            of.damage == "",
            ~has.exists(),
        )
        .order_by(of.number)
        .limit(most)
    )
    return files_where(connection, of.number.in_([*connection.execute(lacking).scalars()]))


def _made(
    engine: duckdb.DuckDBPyConnection, folder: Path, file: KeptFile, summing: Summing, zone: str
) -> Sums:
    wrong = what_is_wrong(folder, file.name, file.written, thorough=True)
    if wrong:
        raise HistoryError(wrong, where=str(folder / file.name), remedy=phrase("restore it from a backup"))
    engine.register("access", read_table(folder / file.name, file.kind))
    try:
        return summing.sums_of(Accesses(engine, ()), file, zone)
    finally:
        engine.unregister("access")


def _keep(store: Store, file: KeptFile, form: int, sums: Sums) -> bool:
    """Keep the sums, if the file counts still; returns whether it does."""
    this = (history_file.c.number == file.number) & (history_file.c.state == FileState.KEPT.value)
    values = {"digest": file.written.digest, "form": form, "ahead": sums.ahead}
    values |= {"counts": sums.counts, "people": sums.people}
    with store.writing() as connection:
        if connection.execute(sa.select(history_file.c.number).where(this).with_for_update()).first() is None:
            return False
        insert = insert_or_update(connection.dialect.name, history_sum)
        row = {"file": file.number} | values
        connection.execute(insert.on_conflict_do_update(index_elements=["file"], set_=values), row)
    return True
