"""Looks accesses up that lie in files: a few of them, the newest or the oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.batched import batched
from sync.central.history.core import LAYOUTS, FileKind, FileState
from sync.central.history.files import HistoryError, what_is_wrong
from sync.central.history.forgotten import Forgotten, is_forgotten, still_to_erase
from sync.central.history.manifest import KeptFile, files_where, the_folder
from sync.central.history.tables import history_file

if TYPE_CHECKING:
    import duckdb

_LAYOUT = LAYOUTS[FileKind.ACCESSES]
_NAMED = ", ".join(f'"{name}"' for name in _LAYOUT.names)
_AT_ONCE = 64
Key = tuple[int, int]
Row = dict[str, Any]


@dataclass(frozen=True)
class WantedAccesses:
    """Which accesses are looked for: `count` of them by (at, number), whose columns are `equal` to something,
    `among` several, that `begins` so, or at least `there`, with `since` <= at < `until`, and beyond the keys
    `before` or `after`.
    """

    count: int
    equal: Mapping[str, object] = field(default_factory=dict)
    among: Mapping[str, Sequence[object]] = field(default_factory=dict)
    begins: Mapping[str, str] = field(default_factory=dict)
    there: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    before: Key | None = None
    after: Key | None = None
    order: Literal["newest", "oldest"] = "newest"


def moved_accesses(
    connection: sa.Connection, sites: Sequence[str] | None, wanted: WantedAccesses
) -> list[Row]:
    """Accesses of `sites` (None: of all) that moved into files, as rows of the database. Raises HistoryError
    where a file that may have some is not what was written.
    """
    files = [] if not wanted.count else files_where(connection, *_conditions(sites, wanted))
    if not files:
        return []
    # The engine takes a fifth of a second to load: who reads no file does without.
    from sync.central.history.duck import opened_engine  # noqa: PLC0415

    newest = wanted.order == "newest"
    files.sort(key=(lambda file: -file.last_at) if newest else (lambda file: file.first_at))
    folder, forgotten = the_folder(connection), still_to_erase(connection)
    found: list[Row] = []
    with opened_engine(folder) as engine:
        for part in batched(files, _AT_ONCE):
            if len(found) == wanted.count and (
                part[0].last_at < found[-1]["at"] if newest else part[0].first_at > found[-1]["at"]
            ):
                break
            more = _without_names(_of(engine, folder, part, wanted), wanted, forgotten)
            found = sorted((*found, *more), key=key_of, reverse=newest)
            del found[wanted.count :]
    return found


def has_moved(connection: sa.Connection) -> bool:
    """Whether any access lies in a file."""
    of = history_file.c
    there = (of.kind == FileKind.ACCESSES.value) & (of.state == FileState.KEPT.value)
    return connection.execute(sa.select(of.number).where(there).limit(1)).first() is not None


def moved_until(connection: sa.Connection) -> int:
    """The time of the newest access that lies in a file, by the gates' clocks; 0: none does."""
    of = history_file.c
    there = (of.kind == FileKind.ACCESSES.value) & (of.state == FileState.KEPT.value)
    return connection.execute(sa.select(sa.func.max(of.last_at)).where(there)).scalar() or 0


def key_of(row: Row) -> Key:
    """By what accesses are ordered."""
    return row["at"], row["number"]


# --- inside --------------------------------------------------------------------------------


def _conditions(sites: Sequence[str] | None, wanted: WantedAccesses) -> Iterator[sa.ColumnElement[bool]]:
    """Which files may have some."""
    of = history_file.c
    yield of.kind == FileKind.ACCESSES.value
    yield of.state == FileState.KEPT.value
    if sites is not None:
        yield of.site.in_(sites)
    if wanted.since is not None:
        yield of.last_at >= wanted.since
    if wanted.until is not None:
        yield of.first_at < wanted.until
    if wanted.before is not None:
        yield of.first_at <= wanted.before[0]
    if wanted.after is not None:
        yield of.last_at >= wanted.after[0]


def _of(
    engine: duckdb.DuckDBPyConnection, folder: Path, files: Sequence[KeptFile], wanted: WantedAccesses
) -> list[Row]:
    for file in files:
        wrong = what_is_wrong(folder, file.name, file.written, thorough=False)
        if wrong:
            raise HistoryError(
                phrase(
                    "%(wrong)s: %(rows)s accesses of %(site)s are in it",
                    wrong=wrong,
                    rows=file.rows,
                    site=file.site,
                ),
                where=str(folder / file.name),
                remedy=phrase("restore it from a backup"),
            )
    order = "DESC" if wanted.order == "newest" else "ASC"
    said = [("true", None), *_said(wanted)]
    values = [value for text, value in said if "?" in text]
    where = " AND ".join(text for text, _ in said)
    sql = (
        f"SELECT {_NAMED} FROM read_parquet(?) WHERE {where} "  # noqa: S608 - texts of our own
        f'ORDER BY "at" {order}, number {order} LIMIT {wanted.count:d}'
    )
    paths = [str(folder / file.name) for file in files]
    from sync.central.history.duck import in_words  # noqa: PLC0415 - as above

    with in_words():
        found = engine.execute(sql, [paths, *values]).fetchall()
    return [dict(zip(_LAYOUT.names, row, strict=True)) for row in found]


def _without_names(rows: list[Row], wanted: WantedAccesses, forgotten: list[Forgotten]) -> list[Row]:
    """`rows` without the names of those who were erased since their file was written."""
    named = any("subject" in each for each in (wanted.equal, wanted.among, wanted.begins, wanted.there))
    left = []
    for row in rows:
        if is_forgotten(forgotten, row["site"], row["subject"], row["at"]):
            if named:
                continue
            row["subject"] = None
        left.append(row)
    return left


def _said(wanted: WantedAccesses) -> Iterator[tuple[str, object]]:
    for name, value in wanted.equal.items():
        assert name in _LAYOUT.columns  # noqa: S101 - a name goes into the question as it is
        yield f'"{name}" = ?', value
    for name, values in wanted.among.items():
        assert name in _LAYOUT.columns  # noqa: S101 - as above
        yield f'"{name}" IN (SELECT unnest(?))', [*values]
    for name, begin in wanted.begins.items():
        assert name in _LAYOUT.columns  # noqa: S101 - as above
        yield f'starts_with("{name}", ?)', begin
    for name in wanted.there:
        assert name in _LAYOUT.columns  # noqa: S101 - as above
        yield f'"{name}" IS NOT NULL', None
    if wanted.since is not None:
        yield '"at" >= ?', wanted.since
    if wanted.until is not None:
        yield '"at" < ?', wanted.until
    for sign, key in (("<", wanted.before), (">", wanted.after)):
        if key is not None:
            yield f'("at", number) {sign} ({key[0]:d}, {key[1]:d})', None
